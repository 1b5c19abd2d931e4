"""What heads of both families check."""

import pytest
import torch
from rcc_heads import build_head, build_samples, features

MESSAGE = r'`head\.decoder\.input_size` is \(64, 48\) .* the crops have \(48, 64\)'


@pytest.mark.parametrize('method', ['loss', 'predict'])
def test_the_sizes_of_decoder_and_crops_have_to_be_equal_in_every_batch(method):
    head = build_head('msra')
    samples = build_samples(head)
    getattr(head, method)(features(), samples)
    samples[0].set_metainfo({'input_size': (48, 64)})
    with pytest.raises(ValueError, match=MESSAGE):
        getattr(head, method)(features(), samples)


def test_maps_of_another_size_than_those_of_decoder_or_encoder_are_named():
    head = build_head()
    samples = build_samples(head)
    with pytest.raises(ValueError, match=r'maps of \(32, 24\).*HDHeatmap takes \(16, 12\)'):
        head.loss((torch.randn(2, 8, 24, 32),), samples)
    head.decoder = None
    with pytest.raises(ValueError, match=r'head and encoder disagree.*GenerateTarget'):
        head.loss((torch.randn(2, 8, 24, 32),), samples)
