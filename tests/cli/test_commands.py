"""`mmpose-stable train` and `test`, end to end on a few photographs."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmpose.registry import MODELS
from tiny_hands import logged, tiny_hands

from mmpose_stable.cli.test import main as run_test
from mmpose_stable.cli.train import main as run_train
from mmpose_stable.cli.train import resume_from


@pytest.fixture(scope='module')
def config(repo, tmp_path_factory):
    return str(tiny_hands(repo, tmp_path_factory.mktemp('config')))


@pytest.fixture(scope='module')
def trained(config, tmp_path_factory):
    """A work folder with a short training, in mixed precision on a CPU, and its resumption."""
    folder = tmp_path_factory.mktemp('work')
    words = [config, '--work-dir', str(folder), '--amp']
    run_train([*words, '--seed', '3'])
    run_train([*words, '--resume', '--cfg-options', 'train_cfg.max_iters=6'])
    return folder


def test_training_checkpoints_and_resumes_where_it_was(trained):
    assert (trained / 'iter_6.pth').is_file()
    steps = [entry for entry in logged(trained) if 'loss' in entry]
    assert [step['iter'] for step in steps] == [1, 2, 3, 4, 5, 6]
    assert np.isfinite([step['loss'] for step in steps]).all()


def test_two_processes_train_and_one_writes_the_checkpoint(repo, tmp_path):
    more = 'val_cfg = val_dataloader = val_evaluator = None\n'
    config = tiny_hands(repo, tmp_path, updates=2, more=more)
    subprocess.run(
        [sys.executable, '-m', 'torch.distributed.run', '--standalone', '--nproc_per_node', '2']
        + ['-m', 'mmpose_stable_command', 'train', config, '--launcher', 'pytorch']
        + ['--work-dir', tmp_path / 'work'],
        env={**os.environ, 'CUDA_VISIBLE_DEVICES': ''},  # without a GPU too
        cwd=repo,
        check=True,
    )
    (log,) = (tmp_path / 'work').glob('*/*.log')
    assert 'GPU number: 2' in log.read_text()
    assert (tmp_path / 'work' / 'iter_2.pth').is_file()


def test_testing_writes_metrics_and_pictures_below_the_current_folder(
    config, trained, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    words = ['--work-dir', 'work', '--out', 'metrics.json', '--show-dir', 'pictures']
    metrics = run_test([config, str(trained / 'iter_6.pth'), *words])
    assert set(metrics) == {'AUC@30px', 'PCK', 'EPE'}
    assert json.loads((tmp_path / 'metrics.json').read_text()) == pytest.approx(metrics)
    assert len(list((tmp_path / 'pictures').rglob('*.jpg'))) == 3


def test_resuming_before_there_is_a_checkpoint_starts_from_the_given_weights(tmp_path):
    cfg = Config({'work_dir': str(tmp_path), 'load_from': 'pretrained.pth', 'resume': False})
    resume_from(cfg, 'auto')
    assert (cfg.load_from, cfg.resume) == ('pretrained.pth', False)
    # The folder may have been moved or copied since.
    (tmp_path / 'last_checkpoint').write_text('elsewhere/iter_2.pth')
    resume_from(cfg, 'auto')
    assert (cfg.load_from, cfg.resume) == ('elsewhere/iter_2.pth', True)
    (tmp_path / 'iter_2.pth').touch()
    resume_from(cfg, 'auto')
    assert (cfg.load_from, cfg.resume) == (str(tmp_path / 'iter_2.pth'), True)
    resume_from(cfg, 'iter_1.pth')
    assert (cfg.load_from, cfg.resume) == ('iter_1.pth', True)


def test_a_checkpoint_without_some_weights_is_refused_rather_than_scored(config, trained, tmp_path):
    content = torch.load(trained / 'iter_6.pth', weights_only=False)
    dropped = [name for name in content['state_dict'] if name.startswith('head.final_layer')]
    for name in dropped:
        del content['state_dict'][name]
    torch.save(content, tmp_path / 'less.pth')
    with pytest.raises(ValueError, match=f'lacks {len(dropped)} weights .*head.final_layer'):
        run_test([config, str(tmp_path / 'less.pth'), '--work-dir', str(tmp_path)])


def test_the_config_that_a_robustness_run_leaves_is_a_robustness_run(config, trained, tmp_path):
    words = [str(trained / 'iter_6.pth'), '--work-dir', str(tmp_path)]
    run = ['--robustness', '--perturbations', 'brightness', '--severities', '1']
    first = run_test([config, *words, *run])
    left = str(tmp_path / Path(config).name)
    again = run_test([left, *words, '--cfg-options', f'test_cfg.out_dir={tmp_path / "again"}'])
    assert again == first


@pytest.mark.parametrize('flags', [[], ['--robustness', '--severities', '1']])
def test_a_head_of_other_keypoints_than_the_labels_is_refused_before_anything_is_flipped(
    repo, tmp_path, flags
):
    path = tiny_hands(repo, tmp_path, more='model = dict(head=dict(num_keypoints=17))\n')
    model, weights = MODELS.build(Config.fromfile(path).model), str(tmp_path / 'weights.pth')
    assert model.test_cfg['flip_test']
    torch.save(model.state_dict(), weights)
    with pytest.raises(ValueError, match='labels 21 keypoints, the model predicts 17'):
        run_test([str(path), weights, '--work-dir', str(tmp_path), *flags])
