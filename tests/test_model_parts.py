"""What is asked of models and pipelines."""

import pytest
import tiny_heads
import tiny_runs
import torch
from mmpose.datasets.transforms import PackPoseInputs, TopdownAffine
from torch import nn

from mmpose_stable.estimators.consistency import given_outputs
from mmpose_stable.model_parts import (
    cropped_size,
    decoder_input_size,
    decoder_of,
    pose_head,
    replaced,
)


@pytest.fixture
def model():
    """A model whose head predicts visibility beside heatmaps."""
    return tiny_heads.build('vis_msra', type='TopdownPoseEstimator')


def test_the_head_that_decodes_is_the_inner_one_and_any_other_decodes_itself(model):
    assert pose_head(model.head) is model.head.pose_head
    assert decoder_of(model) is model.head.pose_head.decoder
    assert decoder_input_size(model) == tiny_runs.INPUT
    head = nn.Identity()
    assert pose_head(head) is head
    assert pose_head(None) is decoder_of(head) is decoder_input_size(head) is None


def test_its_loss_uses_the_outputs_that_are_given(model):
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


def test_the_last_crop_of_a_pipeline_counts():
    first, last = TopdownAffine((64, 96)), TopdownAffine((32, 48))
    assert cropped_size([first, PackPoseInputs()]) == (64, 96)
    assert cropped_size([first, last]) == (32, 48)
    assert cropped_size([PackPoseInputs()]) is None


def test_replaced_attributes_nest_and_end():
    module = nn.Identity()
    with replaced(module, 'forward', lambda x: 1):
        with replaced(module, 'forward', lambda x: 2):
            assert module(0) == 2
        assert module(0) == 1
    assert module(0) == 0
    assert 'forward' not in vars(module)
