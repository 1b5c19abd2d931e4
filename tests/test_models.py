"""Keypoint names, links and weights of models, and losses of outputs that are given."""

from types import SimpleNamespace

import pytest
import tiny_heads
import torch
from mmpose.registry import MODELS
from torch import nn

from mmpose_stable.estimators.consistency import given_outputs
from mmpose_stable.model_files import keypoint_names, load_weights, skeleton_links


def test_keypoints_have_the_order_of_the_prediction_and_links_are_places_in_it():
    names = {1: 'eye', 0: 'nose', 2: 'hip', 3: 'knee'}
    model = SimpleNamespace(dataset_meta={'keypoint_id2name': names}, test_cfg=None)
    assert keypoint_names(model) == ['nose', 'eye', 'hip', 'knee']
    model.test_cfg = {'output_keypoint_indices': [3, 2]}
    assert keypoint_names(model) == ['knee', 'hip']
    assert skeleton_links(model, ['knee', 'eye']) == []
    model.dataset_meta['skeleton_links'] = [(0, 1), (1, 2), (2, 3)]
    assert skeleton_links(model, ['knee', 'eye', 'hip']) == [(1, 2), (2, 0)]


@pytest.mark.parametrize('wrapped', [False, True])
def test_weights_that_mmpose_converts_by_version_come_back_as_they_were(wrapped, tmp_path):
    head = {'type': 'DEKRHead', 'in_channels': 8, 'num_keypoints': 3}
    saved, model = (nn.ModuleDict({'head': MODELS.build(head)}) for _ in range(2))
    holder = nn.DataParallel(saved) if wrapped else saved
    torch.save({'state_dict': holder.state_dict()}, tmp_path / 'model.pth')
    load_weights(model, str(tmp_path / 'model.pth'), 'config')
    for name, value in saved.state_dict().items():
        torch.testing.assert_close(model.state_dict()[name], value, rtol=0, atol=0)


def test_the_loss_of_a_head_that_predicts_visibility_too_uses_the_outputs_that_are_given():
    model = tiny_heads.build('vis_msra', type='TopdownPoseEstimator')
    data = model.data_preprocessor(tiny_heads.batch('msra', 1), True)
    feats = model.extract_feat(data['inputs'])
    outputs = model.head.forward(feats)
    runs = []
    model.head.pose_head.final_layer.register_forward_hook(lambda *_: runs.append(1))
    with given_outputs(model.head, outputs):
        given = model.head.loss(feats, data['data_samples'])
    assert not runs
    torch.testing.assert_close(given, model.head.loss(feats, data['data_samples']))
    assert runs == [1]
