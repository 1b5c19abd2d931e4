"""FastInferenceHook in the runner: training and checkpoints do not notice, testing agrees."""

import numpy as np
import pytest
import torch
from mmengine.fileio import load

from mmpose_stable.cli.test import main as run_test
from mmpose_stable.cli.train import main as run_train

TINY = """
_base_ = {base!r}
small = dict(batch_size=2, num_workers=0, persistent_workers=False)
train_dataloader = dict(**small, dataset=dict(num_samples=4))
val_dataloader = dict(**small, dataset=dict(num_samples=3))
test_dataloader = val_dataloader
train_cfg = dict(max_iters=2, val_interval=2)
default_hooks = dict(checkpoint=dict(type='CheckpointHook', interval=2, by_epoch=False))
custom_hooks = [dict(type='FastInferenceHook')]
"""
PLAIN = """
_base_ = './tiny.py'
custom_hooks = []
"""


@pytest.fixture(scope='module')
def trained(repo, tmp_path_factory):
    """A config with the hook and the checkpoint of a short training with it."""
    folder = tmp_path_factory.mktemp('trained')
    config = folder / 'tiny.py'
    config.write_text(TINY.format(base=str(repo / 'configs' / 'demo_synth_hand.py')))
    run_train([str(config), '--work-dir', str(folder), '--cfg-options', 'randomness.seed=1'])
    return config, folder / 'iter_2.pth'


def test_training_and_checkpoints_do_not_notice_the_hook(trained):
    state = torch.load(trained[1], weights_only=False)['state_dict']
    assert 'backbone.bn1.running_mean' in state
    assert not any('filters' in name for name in state)


def test_the_hook_and_the_option_agree_with_the_plain_test(trained, tmp_path):
    config, checkpoint = trained
    plain = config.with_name('plain.py')
    plain.write_text(PLAIN)
    keypoints, confidences, metrics = {}, {}, {}
    for name, command in {'plain': [plain], 'option': [plain, '--fast'], 'hook': [config]}.items():
        dump = tmp_path / f'{name}.pkl'
        arguments = [str(command[0]), str(checkpoint), '--work-dir', str(tmp_path)]
        metrics[name] = run_test([*arguments, '--dump', str(dump), *command[1:]])
        instances = [sample['pred_instances'] for sample in load(dump)]
        keypoints[name] = np.concatenate([each['keypoints'] for each in instances])
        confidences[name] = np.concatenate([each['keypoint_scores'] for each in instances])
    for name in ('option', 'hook'):
        # Confidences of a hardly trained model are near 0, where float32 resolves the rounding
        # that shows that another computation ran; pixels far from the origin may not.
        assert 0 < abs(confidences[name] - confidences['plain']).max() < 1e-4
        assert abs(keypoints[name] - keypoints['plain']).max() < 1e-2
        assert metrics[name] == pytest.approx(metrics['plain'], abs=1e-3)
