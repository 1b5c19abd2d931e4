"""A method is one change, the same on every config that can take it."""

from pathlib import Path

import pytest
from built_models import build_model
from mmengine.config import Config

from mmpose_stable.config_parts import read_config
from mmpose_stable.methods import METHODS, apply_method

STABLE = Path(__file__).resolve().parents[1] / 'configs' / 'stable'
BASES = {path.parent.name: path for path in sorted(STABLE.glob('*/base.py'))}
WRITTEN = {path.stem for path in STABLE.glob('hands/*.py')} - {'base', 'rhm_full_size'}
# Variables of a config file that are read only while the file is.
VARIABLES = {'views', 'patch', 'perturbation', 'target', 'hd_heatmap', 'pack', 'train_pipeline'}
STOCK = {
    'HRNet': 'topdown_heatmap/coco/td-hm_hrnet-w32_8xb64-210e_coco-256x192.py',
    'ViTPose': 'topdown_heatmap/coco/td-hm_ViTPose-small_8xb64-210e_coco-256x192.py',
    'MSPN': 'topdown_heatmap/coco/td-hm_mspn50_8xb32-210e_coco-256x192.py',
    'hourglass': 'topdown_heatmap/coco/td-hm_hourglass52_8xb32-210e_coco-256x256.py',
    'SimCC': 'simcc/coco/simcc_res50_8xb64-210e_coco-256x192.py',
    'RTMPose': 'rtmpose/coco/rtmpose-s_8xb256-420e_coco-256x192.py',
    'UDP': 'topdown_heatmap/coco/td-hm_hrnet-w32_udp-8xb64-210e_coco-256x192.py',
}


def read(name):
    """Return a config of MMPose, or one of ours that has no method."""
    return read_config(BASES.get(name) or f'mmpose::body_2d_keypoint/{STOCK[name]}')


def test_every_method_is_written_out_but_for_pairs():
    assert METHODS.keys() - {'rh', 'rm', 'hm'} == WRITTEN


@pytest.mark.parametrize('method', sorted(WRITTEN))
def test_the_written_out_configs_are_the_methods(method):
    base = read('hands')
    before = base.to_dict()
    derived = apply_method(base, method).to_dict()
    written = Config.fromfile(STABLE / 'hands' / f'{method}.py').to_dict()
    assert base.to_dict() == before
    keys = (derived.keys() | written.keys()) - VARIABLES
    assert {key: derived.get(key) for key in keys} == {key: written.get(key) for key in keys}


@pytest.mark.parametrize('name', [*BASES, 'HRNet', 'UDP', 'ViTPose', 'hourglass'])
def test_every_method_goes_with_every_config_of_heatmaps(name):
    if name == 'ViTPose':
        pytest.importorskip('mmpretrain', reason='ViTPose takes its backbone from mmpretrain')
    base = read(name)
    for method in METHODS:
        cfg = apply_method(base, method)
        assert cfg.custom_imports['imports'][-1] == 'mmpose_stable'
        outer = cfg.train_dataloader.dataset
        for dataset in outer.get('datasets', [outer]):
            (encoder,) = (s.encoder for s in dataset.pipeline if s.type == 'GenerateTarget')
            assert encoder == cfg.model.head.decoder
    build_model(apply_method(base, 'rhm').model)


@pytest.mark.parametrize('name', ['SimCC', 'RTMPose'])
def test_methods_that_compare_views_go_with_distributions_and_rcc_is_refused(name):
    for method in ('m', 'st_a', 'st_g', 'augmix', 'at', 'lip', 'pg'):
        apply_method(read(name), method)
    build_model(apply_method(read(name), 'm').model)
    assert apply_method(read(name), 'm').model.supervised == 'all'
    assert apply_method(read(name), 'augmix').model.consistency[0].temperature == 1
    for method in ('r', 'h', 'rhm'):
        with pytest.raises(ValueError, match=r'expected `model\.head\.type` to be one of Heatmap'):
            apply_method(read(name), method)


def test_views_are_compared_where_each_level_has_a_loss_of_its_own():
    cfg = apply_method(read('MSPN'), 'm')
    assert cfg.model.consistency == [{'type': 'MSTLoss', 'loss_weight': 0.01}]
    assert cfg.model.supervised == 'all'


def test_h_crops_plainly_because_udps_crops_would_shift_its_keypoints():
    assert "'use_udp': True" in str(read('UDP').to_dict())
    assert "'use_udp': True" not in str(apply_method(read('UDP'), 'h').to_dict())
    assert "'use_udp': True" in str(apply_method(read('UDP'), 'm').to_dict())


def test_the_second_pipeline_of_a_switch_hook_gets_the_views_too():
    cfg = apply_method(read('RTMPose'), 'm')
    (hook,) = (hook for hook in cfg.custom_hooks if hook.type.endswith('PipelineSwitchHook'))
    for pipeline in (hook.switch_pipeline, cfg.train_dataloader.dataset.pipeline):
        assert [step.type for step in pipeline[-2:]] == ['PerturbedViews', 'PackPoseViews']


def test_what_a_config_has_already_stays():
    cfg = apply_method(read('hands'), 'r')
    cfg.model.head.pop('rcc')  # R is the default of its head
    cfg.custom_imports.imports = 'my_package'
    cfg = apply_method(cfg, 'h')
    assert cfg.model.head.get('rcc', True)
    assert cfg.custom_imports.imports == ['my_package', 'mmpose_stable']


VISIBILITY_TOO = {'type': 'VisPredictHead', 'pose_cfg': {'type': 'RLEHead'}}


@pytest.mark.parametrize(
    ('change', 'name', 'message'),
    [
        ({}, 'rmh', "expected one of augment, r, h, m, .*got 'rmh'"),
        ({'type': 'BottomupPoseEstimator'}, 'm', 'TopdownPoseEstimator, got .BottomupPose'),
        ({'head': {'type': 'RegressionHead'}}, 'm', 'RegressionHead predicts coordinates'),
        ({'head': VISIBILITY_TOO}, 'st_a', 'RLEHead predicts coordinates'),
    ],
)
def test_what_does_not_fit_is_one_clear_error(change, name, message):
    cfg = read('hands')
    cfg.model.update(change)
    with pytest.raises(ValueError, match=message):
        apply_method(cfg, name)
