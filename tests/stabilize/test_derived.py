"""The config of the stabilising training: any top-down model, no label, nothing else to load."""

import copy
from pathlib import Path

import pytest
import tiny_runs
from mmengine.config import Config

from mmpose_stable.methods import apply_method
from mmpose_stable.stabilize.derived import check_model, plain, stabilized


@pytest.fixture
def cfg(tmp_path):
    cfg = Config.fromfile(tiny_runs.write_training(tmp_path))
    pipeline = cfg.train_dataloader.dataset.pipeline
    pipeline.insert(2, {'type': 'RandomHalfBody'})
    cfg.model.backbone.init_cfg = {'type': 'Pretrained', 'checkpoint': 'https://nowhere'}
    switch = {'type': 'mmdet.PipelineSwitchHook', 'switch_pipeline': copy.deepcopy(pipeline)}
    cfg.custom_hooks = [{'type': 'EMAHook'}, {'type': 'SyncBuffersHook'}, switch]
    return cfg


def names(steps):
    return [step['type'] for step in steps]


def test_no_label_survives_and_the_given_config_stays_as_it_was(cfg):
    before = cfg.pretty_text
    made = stabilized(cfg, 'base.pth', updates=40, kinds='gaussian_noise')
    steps = made.train_dataloader.dataset.pipeline
    assert names(steps)[:2] == ['ForgetLabels', 'LoadImage']
    assert names(steps)[-2:] == ['PerturbedViews', 'PackPoseViews']
    assert not {'GenerateTarget', 'RandomHalfBody'} & set(names(steps))
    assert steps[-2]['kinds'] == 'gaussian_noise'
    assert made.model.supervised == 'none'
    assert 'init_cfg' not in made.model.backbone
    assert names(made.custom_hooks) == ['SyncBuffersHook', 'KeyedRandomness', 'ProgressHook']
    assert made.load_from == made.model.teacher.checkpoint
    assert made.load_from.endswith('/base.pth')
    assert made.val_dataloader is None
    assert made.train_cfg.max_iters == 40
    assert cfg.pretty_text == before


def test_with_labels_every_view_has_its_target(cfg):
    made = stabilized(cfg, 'base.pth', labels=True)
    assert made.model.supervised == 'all'
    steps = names(made.train_dataloader.dataset.pipeline)
    assert steps[-3:] == ['GenerateTarget', 'PerturbedViews', 'PackPoseViews']


def test_the_plain_copy_is_the_users_model_trained_as_long(cfg):
    made, control = stabilized(cfg, 'base.pth', updates=7), plain(cfg, 'base.pth', updates=7)
    assert control.model.type == 'TopdownPoseEstimator'
    assert 'teacher' not in control.model
    same = ('optim_wrapper', 'param_scheduler', 'train_cfg', 'load_from', 'randomness')
    assert all(control[key] == made[key] for key in same)


@pytest.mark.parametrize('method', ['augment', 'pg', 'rhm', 'augmix'])
@pytest.mark.parametrize('make', [stabilized, plain])
@pytest.mark.parametrize('people', [None, Path('people.json')])
def test_a_config_that_trains_on_perturbed_pictures_is_made_stable_on_clean_ones(
    cfg, method, make, people
):
    steps, expected = (
        make(given, 'base.pth', people=people).train_dataloader.dataset.pipeline
        for given in (apply_method(cfg, method), cfg)
    )
    assert names(steps) == names(expected)


def test_given_pictures_take_the_place_of_the_training_data(cfg, tmp_path):
    made = stabilized(cfg, 'base.pth', people=tmp_path / 'people.json')
    data = made.train_dataloader.dataset
    assert data.type == 'UnlabelledDataset'
    assert data.metainfo['dataset_name'] == 'tiny'
    assert names(data.pipeline)[0] == 'ForgetLabels'
    cfg.train_dataloader = None
    assert stabilized(cfg, 'base.pth', people=tmp_path / 'people.json').train_dataloader
    with pytest.raises(ValueError, match='--images'):
        stabilized(cfg, 'base.pth')


@pytest.mark.parametrize('kind', ['BottomupPoseEstimator', 'PoseLifter', 'mmdet.YOLOXPose'])
def test_another_kind_of_model_is_refused_and_told_which_can(kind):
    with pytest.raises(ValueError, match='heatmap, SimCC, RTMPose, regression'):
        check_model(Config({'model': {'type': kind, 'head': {'type': 'AssociativeHead'}}}))
