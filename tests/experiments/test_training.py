"""Whose training a work folder holds."""

import pytest
from mmengine.config import Config

from mmpose_stable.experiments.training import (
    RECORD,
    describe_training,
    hash_training,
    start_training,
)


def small_training(tmp_path, **changes):
    values = {'rate': 0.1, 'updates': 10, 'batch': 4, 'root': 'data', 'samples': 9} | changes
    path = tmp_path / 'small.py'
    path.write_text(
        "model = dict(type='A')\n"
        f'train_cfg = dict(max_iters={values["updates"]})\n'
        f"optim_wrapper = dict(optimizer=dict(type='Adam', lr={values['rate']}))\n"
        "param_scheduler = [dict(type='LinearLR', begin=0, end=5)]\n"
        f'train_dataloader = dict(batch_size={values["batch"]},\n'
        f"    dataset=dict(data_root='{values['root']}', num_samples={values['samples']},\n"
        "        pipeline=[dict(type='LoadImage')]))\n"
    )
    return Config.fromfile(path)


@pytest.mark.parametrize(
    ('changed', 'named'),
    [
        ({'rate': 0.2}, 'optim_wrapper'),
        ({'updates': 20, 'batch': 8}, 'train_cfg, train_dataloader.batch_size'),
        ({'samples': 5}, 'train_dataloader.dataset'),
    ],
)
def test_a_training_by_another_config_is_not_resumed(tmp_path, changed, named):
    work = tmp_path / 'work'
    start_training(describe_training(small_training(tmp_path), 0), work)
    start_training(describe_training(small_training(tmp_path, root='elsewhere'), 0), work)
    with pytest.raises(ValueError, match=f'holds a training with another {named}; remove'):
        start_training(describe_training(small_training(tmp_path, **changed), 0), work)


def test_a_training_with_another_seed_is_not_resumed(tmp_path):
    cfg = small_training(tmp_path)
    start_training(describe_training(cfg, 0), tmp_path / 'work')
    with pytest.raises(ValueError, match='another seed; remove'):
        start_training(describe_training(cfg, 1), tmp_path / 'work')


def test_checkpoints_that_nobody_noted_are_not_resumed(tmp_path):
    (tmp_path / 'last_checkpoint').write_text(str(tmp_path / 'iter_1.pth'))
    with pytest.raises(ValueError, match=f'checkpoints but no {RECORD}'):
        start_training(describe_training(small_training(tmp_path), 0), tmp_path)


def test_the_hash_of_a_training_is_the_same_on_machines_of_other_precision(tmp_path):
    described = describe_training(small_training(tmp_path), 0)
    assert hash_training(described | {'precision': 'float16'}) == hash_training(
        described | {'precision': 'float32'}
    )
    assert hash_training(described) != hash_training(describe_training(small_training(tmp_path), 1))
