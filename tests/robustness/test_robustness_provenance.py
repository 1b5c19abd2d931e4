"""What a result says it was made by."""

from mmpose_stable.robustness.provenance import identify_predictions, identify_run


def test_chunks_of_other_weights_data_versions_or_machines_are_of_another_run():
    described = {part: {'a': 1} for part in ('settings', 'versions', 'dataset')}
    configs = ('model_config', 'dataset_config', 'evaluator_config')
    hashes = (*configs, 'weights', 'checkpoint', 'annotations')
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
        'model.device': 'cpu',
    }
    predicted = identify_predictions(identity)
    assert set(identity) - set(predicted) == {'hashes.evaluator_config'}
