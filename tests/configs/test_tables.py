"""The tables of docs/configs.md: what the networks cost, and other backbones, which build."""

import re
from pathlib import Path

import pytest
import torch
from built_models import build_model

from mmpose_stable.config_parts import read_config

PAGE = Path(__file__).resolve().parents[2] / 'docs' / 'configs.md'
# Parameters in millions (Tables 3 and 5) and GMACs (Tables 1 and 3) that the composite localization
# paper prints, None where it does not. CLNet-Hourglass is not among them: the paper prints 26.5
# GMACs at 256×192, and the plainest of the layouts that fit its text has 19.6.
COSTS = {
    'cl_resnet50_mpii': (13.5, 5.6),
    'cl_resnet50_lsp': (13.4, None),
    'cl_resnet50_lsp_stride32': (28.9, None),
    'cl_resnet50_lsp_stride8': (15.7, None),
    'cl_resnet50_lsp_stride4': (16.8, None),
    'cl_resnet50_coco': (None, 4.2),
    'cl_resnet50_coco_384x288': (None, 9.5),
}


def rows(text):
    """Return the cells of each row of a table, without its head."""
    lines = re.findall(r'^\| (.+) \|$', text, re.MULTILINE)
    return [[cell.strip(' `') for cell in line.split('|')] for line in lines[1:]]


CONFIGS, OTHERS = map(rows, PAGE.read_text('utf-8').split('## CLNet on other backbones'))
assert len(OTHERS) == 5


def test_the_table_lists_every_config(repo):
    configs = repo / 'configs'
    paths = [*configs.glob('*.py'), *configs.glob('stable/*/base.py')]
    names = {path.relative_to(configs).with_suffix('').as_posix() for path in paths}
    assert {row[0] for row in CONFIGS} == names


@pytest.mark.parametrize('name', COSTS)
def test_clnet_costs_what_its_paper_prints_and_the_table_says(name, repo, run_tool, capsys):
    run_tool('complexity', repo / 'configs' / f'{name}.py')
    last = capsys.readouterr().out.splitlines()[-1]
    cost = [cell.strip() for cell in last.split('|')[3:5]]
    assert [row[3:5] for row in CONFIGS if row[0] == name] == [cost]
    for counted, printed in zip(cost, COSTS[name], strict=True):
        assert printed is None or float(counted) == pytest.approx(printed, rel=0.02)


def keys(text):
    return eval(f'dict({text})')


@pytest.mark.parametrize(('name', 'stock', 'backbone', 'head', 'codec'), OTHERS)
def test_a_backbone_gives_maps_of_the_size_of_its_codec(name, stock, backbone, head, codec):
    family = 'rtmpose' if stock.startswith('rtmpose') else 'topdown_heatmap'
    cfg = read_config(f'mmpose::body_2d_keypoint/{family}/coco/{stock}.py')
    decoder = dict(type='CompositeLocalization', input_size=(64, 96), **keys(codec))
    model = dict(
        type='TopdownPoseEstimator',
        backbone={**cfg.model.backbone, **keys(backbone)},
        head=dict(type='CLHead', num_keypoints=17, decoder=decoder, **keys(head)),
    )
    maps = build_model(model).eval()(torch.zeros(1, 3, 96, 64), None, mode='tensor')
    stride = decoder['stride']
    assert maps.shape == (1, 51, 96 // stride, 64 // stride)
