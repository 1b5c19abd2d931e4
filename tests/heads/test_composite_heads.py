"""CLHead and CLHourglassHead: what they compute, flip test, losses and faults."""

import numpy as np
import pytest
import tiny_heads
import torch
from mmengine.structures import PixelData
from mmpose.registry import KEYPOINT_CODECS, MODELS

K = 4
FLIP = [1, 0, 3, 2]
CODEC = {'type': 'CompositeLocalization', 'input_size': (96, 64), 'stride': 16}


def build_head(**options):
    cfg = {'type': 'CLHead', 'in_channels': 8, 'num_keypoints': K, 'decoder': CODEC}
    cfg |= {'mid_channels': 4, 'out_channels': 16}
    head = MODELS.build(cfg | options)
    head.init_weights()
    return head


def build_hourglass_head(**options):
    cfg = {'type': 'CLHourglassHead', 'in_channels': 8, 'num_keypoints': K, 'num_stacks': 2}
    return MODELS.build(cfg | {'decoder': CODEC} | options)


def make_samples():
    return tiny_heads.samples(KEYPOINT_CODECS.build(CODEC), FLIP)


@pytest.mark.parametrize(('num_deconvs', 'stride'), [(0, 16), (1, 8), (2, 4)])
def test_each_deconvolution_halves_the_stride(num_deconvs, stride):
    head = build_head(num_deconvs=num_deconvs, decoder=CODEC | {'stride': stride})
    maps = head.eval()((torch.randn(2, 8, 4, 6),))
    assert maps.shape == (2, 3 * K, 64 // stride, 96 // stride)


def test_maps_start_near_zero():
    maps = build_head()((torch.randn(2, 8, 4, 6),))
    assert maps.abs().max() < 0.1


def test_the_dilated_blocks_see_further_than_plain_ones():
    head = build_head(mid_channels=16).eval()
    features = torch.randn(1, 8, 21, 21, requires_grad=True)
    head((features,))[0, 0, 10, 10].backward()
    seen = features.grad.abs().sum(1)[0] > 0
    # Dilation 2 twice, 1 once and the output convolution reach 2 + 2 + 1 + 1 cells.
    assert seen[:, 4].any()
    assert not seen[:, 3].any()


def test_the_k_heatmaps_alone_are_handed_out_as_probabilities_where_they_are_logits():
    head = build_head(loss={'type': 'CompositeLocalizationLoss', 'mode': 'g_rmi'}).eval()
    _, fields = head.predict((torch.randn(2, 8, 4, 6),), make_samples(), {'output_heatmaps': True})
    for field in fields:
        assert field.heatmaps.shape == (K, 4, 6)
        assert ((field.heatmaps > 0) & (field.heatmaps < 1)).all()


def test_bfloat16_autocast_gives_finite_losses_and_gradients():
    head = build_head()
    with torch.autocast('cpu', dtype=torch.bfloat16):
        losses = head.loss((torch.randn(2, 8, 4, 6) * 50,), make_samples())
    total = losses['loss_heatmap'] + losses['loss_offset']
    total.backward()
    assert torch.isfinite(total)
    assert all(torch.isfinite(p.grad).all() for p in head.parameters())


def test_every_stack_is_supervised_and_the_last_predicts():
    head = build_hourglass_head()
    features = [torch.randn(2, 8, 4, 6) for _ in range(2)]
    samples = make_samples()
    losses = head.loss(features, samples)
    (losses['loss_heatmap'] + losses['loss_offset']).backward()
    assert all(layer.weight.grad.abs().sum() > 0 for layer in head.final_layers)
    assert losses['offset_region'] <= 1
    head.eval()
    expected = head(features)[-1]
    head.towers[0].register_forward_hook(lambda *_: pytest.fail('computed for nothing'))
    torch.testing.assert_close(head.predict_maps(features), expected)


def test_targets_of_another_codec_are_named():
    samples = make_samples()
    for sample in samples:
        sample.gt_fields = PixelData(heatmaps=torch.zeros(K, 4, 6))
    with pytest.raises(ValueError, match='no offset maps'):
        build_head().loss((torch.randn(2, 8, 4, 6),), samples)


MSRA = {'type': 'MSRAHeatmap', 'input_size': (96, 64), 'heatmap_size': (6, 4), 'sigma': 2}
VOTING = {**CODEC, 'threshold': 0.5}
PEAK = {'type': 'CompositeLocalizationLoss', 'mode': 'peak_mse'}


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        ({'decoder': MSRA}, r"head\.decoder\.type.*got 'MSRAHeatmap'"),
        ({'num_deconvs': 3}, r'head\.num_deconvs'),
        ({'mid_channels': 6}, r'multiple of `head\.mid_channels`, got 16 and 6'),
        ({'decoder': VOTING}, r'decoder\.threshold=0\.5.*`head\.loss\.threshold=0\.6'),
        ({'loss': PEAK}, r"peak_mse.*`head\.decoder\.voters='likely'.*'peak'"),
    ],
)
def test_settings_that_do_not_fit_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        build_head(**options)


def test_decoders_whose_voters_are_trained_are_allowed():
    build_head(decoder=VOTING, loss={'type': 'CompositeLocalizationLoss', 'threshold': 0.5})
    build_head(decoder={**CODEC, 'threshold': 0.9})
    build_head(decoder={**CODEC, 'voters': 'peak'}, loss=PEAK)


def test_a_backbone_with_other_stacks_is_named():
    with pytest.raises(ValueError, match=r'2 stages.*1 feature maps.*head\.num_stacks'):
        build_hourglass_head()([torch.randn(1, 8, 4, 6)])


def test_flip_test_decodes_the_mean_of_both_passes():
    head = build_head()
    head.forward = lambda feats: feats
    plain, mirrored = torch.rand(2, 2, 3 * K, 4, 6).unbind()
    both = head.predict([plain, mirrored], make_samples(), {'flip_test': True})
    expected = head.decode((plain + head.layout.flip(mirrored, FLIP)) / 2)
    for one, other in zip(both, expected, strict=True):
        np.testing.assert_allclose(one.keypoints, other.keypoints)


@pytest.mark.parametrize('build', [build_head, build_hourglass_head])
def test_invisible_keypoints_carry_no_loss(build):
    head, samples = build().eval(), make_samples()
    feats = tuple(torch.randn(2, 8, 4, 6) for _ in range(1 if build is build_head else 2))
    for sample in samples:
        sample.gt_instance_labels.keypoint_weights[:, 1:] = 0
    before = head.loss(feats, samples)
    for sample in samples:
        sample.gt_fields.heatmaps[1:] = 1
        sample.gt_fields.offsets[[k for k in range(2 * K) if k % K]] = 9
    for name, value in head.loss(feats, samples).items():
        torch.testing.assert_close(value, before[name])
