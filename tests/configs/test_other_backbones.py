"""Every row of "CLNet on other backbones" builds, and its maps have the size of the codec."""

import re
from pathlib import Path

import pytest
import torch
from built_models import remove_initialisers
from mmengine.registry import init_default_scope
from mmpose.registry import MODELS

from mmpose_stable.config_parts import read_config

PAGE = Path(__file__).resolve().parents[2] / 'docs' / 'configs.md'
SECTION = PAGE.read_text(encoding='utf-8').partition('## CLNet on other backbones')[2]
LINES = re.findall(r'^\| (\w.*stride=.*) \|$', SECTION, re.MULTILINE)
ROWS = [[cell.strip(' `') for cell in line.split('|')] for line in LINES]
assert len(ROWS) == 5
FAMILIES = {'td': 'topdown_heatmap', 'rt': 'rtmpose'}


def keys(text):
    return eval(f'dict({text})')


@pytest.mark.parametrize(('name', 'stock', 'backbone', 'head', 'codec'), ROWS)
def test_the_row_builds(name, stock, backbone, head, codec):
    folder = f'mmpose::body_2d_keypoint/{FAMILIES[stock[:2]]}/coco'
    cfg = read_config(f'{folder}/{stock}.py')
    decoder = dict(type='CompositeLocalization', input_size=(64, 96), **keys(codec))
    model = dict(
        type='TopdownPoseEstimator',
        backbone={**cfg.model.backbone, **keys(backbone)},
        head=dict(type='CLHead', num_keypoints=17, decoder=decoder, **keys(head)),
    )
    remove_initialisers(model)
    init_default_scope('mmpose')
    maps = MODELS.build(model).eval()(torch.zeros(1, 3, 96, 64), None, mode='tensor')
    stride = decoder['stride']
    assert maps.shape == (1, 51, 96 // stride, 64 // stride)
