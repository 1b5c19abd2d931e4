"""A resumed stability training has the losses of one that was never interrupted."""

import itertools
import random
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from mmcv.transforms import Compose
from mmengine.config import Config
from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmpose.registry import DATASETS

import mmpose_stable.estimators
import mmpose_stable.perturbations.transforms  # noqa: F401
from mmpose_stable.engine.keyed_randomness import KeyedRandomness

CODEC = {'type': 'HDHeatmap', 'input_size': (64, 64), 'heatmap_size': (16, 16)}


@DATASETS.register_module()
class DotsForResume(torch.utils.data.Dataset):
    """Eight pictures of noise with one bright dot."""

    metainfo = None

    def __init__(self, pipeline):
        self.pipeline = Compose(pipeline)

    def __len__(self):
        return 8

    def __getitem__(self, index):
        rng = np.random.default_rng(index)
        image = rng.integers(0, 80, (64, 64, 3)).astype(np.uint8)
        x, y = rng.integers(8, 56, 2)
        image[y - 4 : y + 5, x - 4 : x + 5] = 250
        return self.pipeline(
            {
                'img': image,
                'id': index,
                'transformed_keypoints': np.array([[[x, y]]], np.float32),
                'keypoints_visible': np.ones((1, 1), np.float32),
            }
        )


class Record(Hook):
    """Keep the loss of each iteration."""

    def __init__(self):
        self.losses = {}

    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        self.losses[runner.iter] = float(outputs['loss'].detach())


def config(folder, workers, **changes):
    return Config(
        {
            'default_scope': 'mmpose',
            'work_dir': str(folder),
            'randomness': {'seed': 5},
            'experiment_name': 'resume',
            'log_level': 'ERROR',
            'model': {
                'type': 'StabilityTrainedPoseEstimator',
                'data_preprocessor': {'type': 'PoseDataPreprocessor'},
                'backbone': {'type': 'ShuffleNetV2', 'widen_factor': 0.5},
                'head': {
                    'type': 'RCCHead',
                    'in_channels': 1024,
                    'out_channels': 1,
                    'deconv_out_channels': (8, 8, 8),
                    'loss': {'type': 'WeightedCrossEntropyLoss'},
                    'decoder': CODEC,
                },
                'consistency': [{'type': 'MSTLoss', 'loss_weight': 1.0}],
                'adversary': {'type': 'PGDAdversary', 'steps': 1},
            },
            'train_dataloader': {
                'batch_size': 4,
                'num_workers': workers,
                'persistent_workers': False,
                'sampler': {'type': 'DefaultSampler', 'shuffle': True},
                'dataset': {
                    'type': 'DotsForResume',
                    'pipeline': [
                        {'type': 'PerturbedViews', 'kinds': ['brightness', 'gaussian_noise']},
                        {'type': 'GenerateTarget', 'encoder': CODEC},
                        {'type': 'PackPoseViews', 'meta_keys': ('id',)},
                    ],
                },
            },
            'train_cfg': {'by_epoch': True, 'max_epochs': 3},
            'optim_wrapper': {'optimizer': {'type': 'Adam', 'lr': 1e-3}},
            'default_hooks': {'checkpoint': {'type': 'CheckpointHook', 'interval': 1}},
            **changes,
        }
    )


def train(cfg, keyed=True):
    runner = Runner.from_cfg(cfg)
    record = Record()
    runner.register_hook(record)
    if keyed:
        runner.register_hook(KeyedRandomness())
    runner.train()
    return record.losses


@pytest.mark.parametrize('workers', [0, 1])
def test_resuming_in_the_middle_gives_the_same_losses(workers, tmp_path):
    whole = train(config(tmp_path / 'whole', workers))
    assert list(whole) == list(range(6))
    # A resumed run must bring back what it needs by itself, whatever was drawn before it.
    np.random.seed(99)  # noqa: NPY002
    torch.manual_seed(99)
    checkpoint = str(tmp_path / 'whole' / 'epoch_2.pth')
    again = config(tmp_path / 'again', workers, resume=True, load_from=checkpoint)
    resumed = train(again)
    assert resumed == {i: whole[i] for i in (4, 5)}


# As the schedule of the small experiments: no end of an epoch is a checkpoint.
ITERATIONS = {
    'train_cfg': {'type': 'IterBasedTrainLoop', 'max_iters': 6, 'val_interval': 100},
    'default_hooks': {'checkpoint': {'type': 'CheckpointHook', 'interval': 1, 'by_epoch': False}},
    'log_processor': {'type': 'LogProcessor', 'by_epoch': False},
    'param_scheduler': [{'type': 'LinearLR', 'start_factor': 0.1, 'end': 5, 'by_epoch': False}],
}


# Epochs have two iterations: in the middle of one, at the end of one.
@pytest.mark.parametrize('done', [3, 4])
def test_resuming_an_iteration_based_loop_gives_the_same_losses(done, tmp_path):
    whole = train(config(tmp_path / 'whole', 1, **ITERATIONS))
    assert list(whole) == list(range(6))
    np.random.seed(99)  # noqa: NPY002
    torch.manual_seed(99)
    checkpoint = str(tmp_path / 'whole' / f'iter_{done}.pth')
    again = config(tmp_path / 'again', 1, resume=True, load_from=checkpoint, **ITERATIONS)
    assert train(again) == {i: whole[i] for i in range(done, 6)}


def test_every_process_draws_its_own_numbers_and_draws_them_again():
    def drawn(rank, step, number):
        KeyedRandomness.seed(SimpleNamespace(seed=5, rank=rank), step, number)
        return random.random(), np.random.random(), torch.rand(()).item()  # noqa: NPY002

    places = list(itertools.product((0, 1), ('epoch', 'iteration'), (0, 1)))
    values = [drawn(*place) for place in places]
    assert values == [drawn(*place) for place in places]
    for of_one_generator in zip(*values, strict=True):
        assert len(set(of_one_generator)) == len(places)


def test_without_the_hook_a_resumed_run_draws_other_attacks(tmp_path):
    whole = train(config(tmp_path / 'whole', 0), keyed=False)
    checkpoint = str(tmp_path / 'whole' / 'epoch_2.pth')
    again = config(tmp_path / 'again', 0, resume=True, load_from=checkpoint)
    resumed = train(again, keyed=False)
    assert resumed != {i: whole[i] for i in (4, 5)}


def test_conditions_that_do_not_hold_are_named(tmp_path):
    persistent = config(tmp_path, 1)
    persistent.train_dataloader.persistent_workers = True
    with pytest.raises(ValueError, match='persistent_workers=False'):
        train(persistent)
    with pytest.raises(ValueError, match=r'randomness.seed'):
        train(config(tmp_path, 0, randomness={'seed': None}))
    with pytest.raises(ValueError, match='num_workers'):
        train(config(tmp_path, 0, train_cfg={'by_epoch': False, 'max_iters': 2}))
