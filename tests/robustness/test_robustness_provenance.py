"""What a result says it was made by."""

from mmpose_stable.robustness import provenance
from mmpose_stable.robustness.provenance import hash_sources
from mmpose_stable.robustness.run_identity import identify_predictions, identify_run


def test_the_hash_of_the_sources_follows_what_decides_numbers_only(tmp_path, monkeypatch):
    monkeypatch.setattr(provenance, '_SOURCES', tmp_path)
    for name in ('codecs/a.py', 'cli/b.py', 'robustness/report/c.py'):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text('x = 1\n')
    before = hash_sources()
    assert hash_sources() == before
    (tmp_path / 'cli/b.py').write_text('x = 2\n')
    (tmp_path / 'robustness/report/c.py').write_text('x = 2\n')
    assert hash_sources() == before
    (tmp_path / 'codecs/a.py').write_text('x = 2\n')
    changed = hash_sources()
    assert changed != before
    (tmp_path / 'codecs/a.py').rename(tmp_path / 'codecs/d.py')
    assert hash_sources() != changed


def test_the_installed_package_has_sources_to_hash():
    assert len(list(provenance._SOURCES.rglob('*.py'))) > 50
    assert len(hash_sources()) == 64


def test_chunks_of_other_weights_data_code_or_machines_are_of_another_run():
    described = {part: {'a': 1} for part in ('settings', 'versions', 'dataset')}
    configs = ('model_config', 'dataset_config', 'evaluator_config')
    hashes = (*configs, 'weights', 'checkpoint', 'annotations', 'mmpose_stable')
    described['hashes'] = dict.fromkeys(hashes, 'x')
    described['model'] = {'device': 'cpu', 'name': 'a'}
    identity = identify_run(described)
    assert identity == {
        'settings.a': 1,
        'versions.a': 1,
        'dataset.a': 1,
        'hashes.model_config': 'x',
        'hashes.dataset_config': 'x',
        'hashes.evaluator_config': 'x',
        'hashes.weights': 'x',
        'hashes.annotations': 'x',
        'hashes.mmpose_stable': 'x',
        'model.device': 'cpu',
    }
    predicted = identify_predictions(identity)
    assert set(identity) - set(predicted) == {'hashes.evaluator_config'}
