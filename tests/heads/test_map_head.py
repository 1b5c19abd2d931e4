"""What heads of both families do alike, and what they check."""

import numpy as np
import pytest
import torch
from small_heads import FLIP_INDICES, build_cl, build_rcc, build_samples, features

HEADS = {
    'logits': build_rcc,
    'heatmaps': lambda: build_rcc('msra'),
    'composite': build_cl,
    'composite, stacks': lambda: build_cl('CLHourglassHead'),
    'logits, stacks': lambda: build_rcc(type='StackedRCCHead', num_stages=2),
}
every_head = pytest.mark.parametrize('name', HEADS)


def made(name):
    """Return a head with features and samples for it."""
    head = HEADS[name]()
    return head, features(2 if 'stacks' in name else 1), build_samples(head)


@every_head
def test_autocast_gives_finite_losses_and_gradients_in_every_stage(name):
    head, feats, samples = made(name)
    with torch.autocast('cpu', dtype=torch.bfloat16):
        losses = head.loss([1e3 * part for part in feats], samples)
    total = sum(value for key, value in losses.items() if 'loss' in key)
    total.backward()
    assert torch.isfinite(total)
    assert all(torch.isfinite(p.grad).all() for p in head.parameters())
    assert losses.get('offset_region', 0) <= 1  # a share, not added up over the stages


@every_head
def test_invisible_keypoints_carry_no_loss_and_do_not_count(name):
    head, feats, samples = made(name)
    head.eval()
    for sample in samples:
        sample.gt_instance_labels.keypoint_weights[:, 1:] = 0
    before = head.loss(feats, samples)
    for sample in samples:
        maps = sample.gt_fields.heatmaps
        maps[1:] = 0.5
        maps[1:, 0, 0] = 1
        if 'offsets' in sample.gt_fields:
            sample.gt_fields.offsets.unflatten(0, (2, -1))[:, 1:] = 9
    torch.testing.assert_close(head.loss(feats, samples), before)


@every_head
def test_flip_test_decodes_and_draws_the_mean_of_both_passes(name):
    head, plain, samples = made(name)
    mirrored = features(len(plain))
    cfg = {'flip_test': True, 'output_heatmaps': True}
    found, fields = head.predict([plain, mirrored], samples, cfg)
    flipped = head.layout.flip(head.predict_maps(mirrored), FLIP_INDICES)
    mean = (head.predict_maps(plain) + flipped) / 2
    for one, other in zip(found, head.decode(mean), strict=True):
        np.testing.assert_allclose(one.keypoints, other.keypoints)
    drawn = torch.stack([field.heatmaps for field in fields])
    if 'logits' in name:  # probabilities
        mean = mean / mean.amax((-2, -1), keepdim=True)
    torch.testing.assert_close(drawn, head.layout.heatmaps(mean))


@pytest.mark.parametrize('method', ['loss', 'predict'])
def test_the_sizes_of_decoder_and_crops_have_to_be_equal_in_every_batch(method):
    head, feats, samples = made('heatmaps')
    getattr(head, method)(feats, samples)
    samples[0].set_metainfo({'input_size': (48, 64)})
    message = r'`head\.decoder\.input_size` is \(64, 48\) .* the crops have \(48, 64\)'
    with pytest.raises(ValueError, match=message):
        getattr(head, method)(feats, samples)


def test_maps_of_another_size_than_those_of_decoder_or_encoder_are_named():
    head, _, samples = made('logits')
    with pytest.raises(ValueError, match=r'maps of \(32, 24\).*HDHeatmap takes \(16, 12\)'):
        head.loss((torch.randn(2, 8, 24, 32),), samples)
    head.decoder = None
    with pytest.raises(ValueError, match=r'head and encoder disagree.*GenerateTarget'):
        head.loss((torch.randn(2, 8, 24, 32),), samples)


@pytest.mark.parametrize('name', [name for name in HEADS if 'stacks' in name])
def test_predicting_computes_the_last_stage_alone_of_as_many_as_the_backbone_has(name):
    head, feats, _ = made(name)
    expected = head.eval().activate(head(feats)[-1])
    first = head.earlier[0] if 'logits' in name else head.towers[0]
    first.register_forward_hook(lambda *_: pytest.fail('computed for nothing'))
    torch.testing.assert_close(head.predict_maps(feats), expected)
    with pytest.raises(ValueError, match=r'2 stages.*1 feature maps.*head\.num_stages'):
        head(feats[:1])
