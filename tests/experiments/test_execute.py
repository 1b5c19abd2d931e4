"""A row of the plan becomes commands, and what they leave becomes a result."""

import hashlib
import json
from pathlib import Path

import pytest

from mmpose_stable.experiments import execute as module
from mmpose_stable.experiments.execute import execute, lsp_annotations, robustness_summary
from mmpose_stable.experiments.plan import Run
from mmpose_stable.robustness.files import ResultFileError

TRAINED = Run(
    'a', ['g'], 'm', 'configs/experiments/hourglass2_sign_hands_64px.py', 'hands', 3, 'snow'
)
CUT = Run('b', ['g'], 'n', 'configs/experiments/hourglass1_sign_hands_64px.py', 'hands', 3, '', 'a')


@pytest.fixture
def commands(monkeypatch, tmp_path):
    """Record the commands; a pretended training leaves its last checkpoint."""
    called = []

    def train(arguments):
        called.append(('train', arguments))
        folder = Path(arguments[arguments.index('--work-dir') + 1])
        (folder / 'iter_2000.pth').touch()
        (folder / 'last_checkpoint').write_text(str(folder / 'iter_2000.pth'))

    def test(arguments):
        called.append(('test', arguments))
        if '--robustness' in arguments:
            folder = Path(arguments[arguments.index('--work-dir') + 1]) / 'robustness'
            folder.mkdir(parents=True)
            content = {
                'model': {'name': 'base'},
                'clean': {'auc': 0.5},
                'summary': {'overall': {'r': 2.0}, 'kinds': {}},
            }
            (folder / 'robustness.json').write_text(json.dumps(content))
        return {'AUC': 0.75}

    monkeypatch.setattr(module, 'train', train)
    monkeypatch.setattr(module, 'test', test)
    monkeypatch.setattr(module, 'build_from_config', lambda path: path)
    monkeypatch.setattr(module, 'measure_cost', lambda path: {'parameters': path.stem})
    return called


def run(row, repo, tmp_path):
    return execute(row, TRAINED, repo, tmp_path / 'data', tmp_path / 'work', tmp_path / 'results')


def test_a_row_is_trained_with_its_seed_tested_and_evaluated(repo, tmp_path, commands):
    result = run(TRAINED, repo, tmp_path)
    assert [name for name, _ in commands] == ['train', 'test', 'test']
    training, testing, perturbed = (arguments for _, arguments in commands)
    assert training[training.index('--seed') + 1] == '3'
    assert '--resume' in training
    assert training[training.index('--data-root') + 1] == str((tmp_path / 'data/hands').resolve())
    assert testing[:2] == [
        str(repo / TRAINED.config), str(tmp_path / 'work' / 'a' / 'iter_2000.pth')
    ]  # fmt: skip
    assert perturbed[-4:] == ['--robustness', '--perturbations', 'snow', '--resume']
    assert result['metrics'] == {'AUC': 0.75}
    assert result['robustness'] == {'clean': {'auc': 0.5}, 'overall': {'r': 2.0}, 'kinds': {}}
    assert (result['updates'], result['batch_size'], result['seed']) == (2000, 16, 3)
    assert result['cost'] == {'parameters': 'hourglass2_sign_hands_64px'}
    cells = json.loads((tmp_path / 'results' / 'robustness' / 'a.json').read_text())
    assert cells['model']['name'] == 'a'
    assert cells['clean'] == {'auc': 0.5}
    assert result['checkpoint_sha256'] == hashlib.sha256(b'').hexdigest()
    assert result['curve'] == [{'AUC': 0.75, 'step': 2000}]


def test_a_finished_training_is_not_entered_again(repo, tmp_path, commands):
    run(TRAINED, repo, tmp_path)
    (tmp_path / 'work' / 'a' / 'robustness' / 'robustness.json').unlink()
    (tmp_path / 'work' / 'a' / 'robustness').rmdir()
    run(TRAINED, repo, tmp_path)
    assert [name for name, _ in commands].count('train') == 1


def test_a_row_trained_by_another_tests_that_ones_checkpoint_under_its_own_config(
    repo, tmp_path, commands
):
    result = run(CUT, repo, tmp_path)
    (_, training), (_, testing) = commands
    assert training[0] == str(repo / TRAINED.config)
    assert testing[0] == str(repo / CUT.config)
    assert testing[1] == str(tmp_path / 'work' / 'a' / 'iter_2000.pth')
    assert testing[testing.index('--work-dir') + 1] == str(tmp_path / 'work' / 'b')
    assert result['cost'] == {'parameters': 'hourglass1_sign_hands_64px'}
    assert result['curve'] == []


def test_a_robustness_result_of_another_run_is_set_aside(repo, tmp_path, commands, monkeypatch):
    recorded = module.test
    robustness = tmp_path / 'work' / 'a' / 'robustness'
    robustness.mkdir(parents=True)
    (robustness / 'old').touch()

    def refused_once(arguments):
        if '--robustness' in arguments and (robustness / 'old').exists():
            raise ResultFileError('of another run')
        return recorded(arguments)

    monkeypatch.setattr(module, 'test', refused_once)
    assert run(TRAINED, repo, tmp_path)['robustness']['overall'] == {'r': 2.0}
    assert (tmp_path / 'work' / 'a' / 'robustness.before1' / 'old').is_file()
    assert (robustness / 'robustness.json').is_file()


def test_the_summary_keeps_the_clean_cell_and_the_means():
    content = {'clean': {'auc': 1}, 'cells': [{}], 'summary': {'overall': {'r': 2}}}
    assert robustness_summary(content) == {'clean': {'auc': 1}, 'overall': {'r': 2}}


def test_lsps_labels_are_converted(shared_data, tmp_path):
    source = shared_data / 'lsp_extended_subset'
    options = lsp_annotations(source, tmp_path)
    assert [option.split('=')[0] for option in options] == [
        f'{loader}_dataloader.dataset.ann_file' for loader in ('train', 'val', 'test')
    ]
    assert len(json.loads((tmp_path / 'val.json').read_text())['annotations']) > 0
