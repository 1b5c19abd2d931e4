"""What heads of both families check."""

from types import SimpleNamespace

import pytest
import torch
from mmengine.structures import InstanceData, PixelData
from mmpose.registry import MODELS
from mmpose.structures import PoseDataSample

from mmpose_stable.heads.map_head import check_input_size

MSRA = {'type': 'MSRAHeatmap', 'input_size': (64, 48), 'heatmap_size': (16, 12), 'sigma': 2}
MESSAGE = r'`head\.decoder\.input_size` is \(64, 48\) .* the crops have \(48, 64\)'


def samples(size):
    sample = PoseDataSample(metainfo={} if size is None else {'input_size': size})
    sample.gt_fields = PixelData(heatmaps=torch.zeros(3, 12, 16))
    sample.gt_instance_labels = InstanceData(keypoint_weights=torch.ones(1, 3))
    return [sample]


def test_the_sizes_of_decoder_and_crops_have_to_be_equal():
    decoder = SimpleNamespace(input_size=(64, 48))
    check_input_size(decoder, samples((64, 48)))
    check_input_size(decoder, samples(None))
    check_input_size(None, samples((48, 64)))
    with pytest.raises(ValueError, match=MESSAGE):
        check_input_size(decoder, samples((48, 64)))


@pytest.mark.parametrize('method', ['loss', 'predict'])
def test_a_heatmap_head_with_correlation_checks_every_batch(method):
    head = MODELS.build(
        {
            'type': 'RCCHead',
            'in_channels': 8,
            'out_channels': 3,
            'deconv_out_channels': None,
            'loss': {'type': 'KeypointMSELoss', 'use_target_weight': True},
            'decoder': MSRA,
        }
    )
    feats = (torch.randn(1, 8, 12, 16),)
    getattr(head, method)(feats, samples((64, 48)))
    with pytest.raises(ValueError, match=MESSAGE):
        getattr(head, method)(feats, samples((48, 64)))
