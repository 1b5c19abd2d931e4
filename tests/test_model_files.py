"""Weights that have to fit, and the names of what a model predicts."""

from types import SimpleNamespace

import pytest
import torch
from mmpose.registry import MODELS
from torch import nn

from mmpose_stable.model_files import keypoint_names, load_weights, skeleton_links

META = {'keypoint_id2name': {1: 'eye', 0: 'nose', 2: 'hip', 3: 'knee'}}


@pytest.mark.parametrize(
    ('test_cfg', 'names'),
    [
        (None, ['nose', 'eye', 'hip', 'knee']),
        ({'flip_test': True}, ['nose', 'eye', 'hip', 'knee']),
        ({'output_keypoint_indices': [3, 2]}, ['knee', 'hip']),
    ],
)
def test_keypoints_are_named_in_the_order_of_the_prediction(test_cfg, names):
    assert keypoint_names(SimpleNamespace(dataset_meta=META, test_cfg=test_cfg)) == names


def test_links_of_a_skeleton_are_places_among_the_names_that_are_there():
    model = SimpleNamespace(dataset_meta={**META, 'skeleton_links': [(0, 1), (1, 2), (2, 3)]})
    assert skeleton_links(model, ['knee', 'eye', 'hip']) == [(1, 2), (2, 0)]
    assert skeleton_links(SimpleNamespace(dataset_meta=META), ['knee', 'eye']) == []


@pytest.mark.parametrize('wrapped', [False, True])
def test_weights_that_mmpose_converts_by_version_come_back_as_they_were(wrapped, tmp_path):
    head = {'type': 'DEKRHead', 'in_channels': 8, 'num_keypoints': 3}
    saved, model = (nn.ModuleDict({'head': MODELS.build(head)}) for _ in range(2))
    holder = nn.DataParallel(saved) if wrapped else saved
    torch.save({'state_dict': holder.state_dict()}, tmp_path / 'model.pth')
    load_weights(model, str(tmp_path / 'model.pth'), 'config')
    for name, value in saved.state_dict().items():
        torch.testing.assert_close(model.state_dict()[name], value, rtol=0, atol=0)
