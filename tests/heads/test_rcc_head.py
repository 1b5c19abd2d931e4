"""RCCHead: its orders, losses, flip test, drawing and decoding, and what it is without RCC."""

import numpy as np
import pytest
import torch
from small_heads import FLIP_INDICES, SIZES, K, build_rcc, build_samples, features

from mmpose_stable.layers.row_column_correlation import (
    RowColumnCorrelation,
    normalise_peak,
    row_column_correlation,
)


def test_without_rcc_and_with_mse_it_is_mmposes_heatmap_head():
    ours = build_rcc('msra', rcc=False)
    theirs = build_rcc('msra', type='HeatmapHead')
    theirs.load_state_dict(ours.state_dict())
    feats, samples = features(), build_samples(ours)
    for key, value in theirs.loss(feats, samples).items():
        torch.testing.assert_close(ours.loss(feats, samples)[key], value)
    for cfg in ({}, {'flip_test': True, 'shift_heatmap': True}):
        given = [features(), features()] if cfg else feats
        for mine, its in zip(
            ours.predict(given, samples, cfg), theirs.predict(given, samples, cfg), strict=True
        ):
            np.testing.assert_allclose(mine.keypoints, its.keypoints)
            np.testing.assert_allclose(mine.keypoint_scores, its.keypoint_scores)


@pytest.mark.parametrize('options', [{}, {'normalise': 'constant'}, {'normalise': 'max'}])
def test_heatmaps_are_normalised_as_asked_for_the_deviation_of_the_codec(options):
    feats = features()
    plain, head = build_rcc('msra', rcc=False), build_rcc('msra', **options)
    head.load_state_dict(plain.state_dict())
    layer = RowColumnCorrelation(**{'sigma': head.decoder.sigma, **options})
    torch.testing.assert_close(head(feats), layer(plain(feats)))


def test_logits_are_correlated_raw_or_as_probabilities():
    feats = features()
    plain, raw, head = build_rcc(rcc=False), build_rcc(rcc_order='raw'), build_rcc()
    raw.load_state_dict(plain.state_dict())
    head.load_state_dict(plain.state_dict())
    outputs = plain(feats)
    torch.testing.assert_close(raw(feats), row_column_correlation(outputs))
    q = row_column_correlation(outputs.flatten(2).softmax(-1).view_as(outputs))
    torch.testing.assert_close(
        head.predict_maps(feats), q / q.sum((-2, -1), keepdim=True), rtol=1e-4, atol=1e-7
    )


NEAR = [[9.5, 9.5], [29.5, 25.5], [45.5, 41.5]]
# Their weight in the product is tiny (equation 6): rows and columns are far apart.
FAR = [[57.5, 5.5], [5.5, 41.5], [53.5, 9.5]]


@pytest.mark.parametrize(
    ('kind', 'options', 'keypoints', 'steps'),
    [('hd', {'rcc_order': 'raw'}, NEAR, 300), ('hd', {}, FAR, 600), ('msra', {}, FAR, 600)],
    ids=['raw, near the diagonal', 'logits, far from it', 'heatmaps, far from it'],
)
def test_training_places_the_peaks_on_the_targets(kind, options, keypoints, steps):
    # The head's weights are the features here: one map of freely trained values a keypoint.
    head = build_rcc(kind, final_layer=None, **options)
    torch.manual_seed(1)
    maps = (0.1 * torch.randn(1, K, 12, 16)).requires_grad_()
    sample = build_samples(head, 1)
    keypoints = np.array(keypoints)
    encoded = head.decoder.encode(keypoints[None])
    sample[0].gt_fields.heatmaps = torch.from_numpy(encoded['heatmaps'])
    optimiser = torch.optim.Adam([maps], lr=0.05)
    for _ in range(steps):
        optimiser.zero_grad()
        losses = head.loss((maps,), sample)
        losses['loss_kpt'].backward()
        optimiser.step()
    assert losses['acc_pose'] == 1
    predicted = head.predict((maps.detach(),), sample)[0]
    assert np.abs(predicted.keypoints[0] - keypoints).max() < 4


def test_only_losses_are_named_loss_and_accuracy_can_be_left_out():
    head = build_rcc()
    feats, samples = features(), build_samples(head)
    assert set(head.loss(feats, samples)) == {'loss_kpt', 'acc_pose'}
    assert set(head.loss(feats, samples, {'compute_acc': False})) == {'loss_kpt'}


def test_drawn_maps_are_k_maps_with_a_maximum_of_one():
    head = build_rcc()
    instances, fields = head.predict(features(), build_samples(head), {'output_heatmaps': True})
    assert len(instances) == len(fields) == 2
    for field in fields:
        assert field.heatmaps.shape == (K, 12, 16)
        torch.testing.assert_close(field.heatmaps.amax((1, 2)), torch.ones(K))
        assert field.heatmaps.min() >= 0


def test_flip_test_averages_probabilities_not_logits():
    head = build_rcc()
    plain, mirrored = features(), features()
    samples = build_samples(head)
    cfg = {'flip_test': True, 'output_heatmaps': True}
    _, fields = head.predict([plain, mirrored], samples, cfg)
    flipped = head.predict_maps(mirrored).flip(-1)[:, FLIP_INDICES]
    expected = normalise_peak((head.predict_maps(plain) + flipped) / 2)
    torch.testing.assert_close(torch.stack([field.heatmaps for field in fields]), expected)


def test_shifting_the_flipped_cells_of_an_hd_heatmap_is_refused():
    head = build_rcc()
    with pytest.raises(ValueError, match=r'model.test_cfg.shift_heatmap=False'):
        head.predict(
            [features(), features()],
            build_samples(head),
            {'flip_test': True, 'shift_heatmap': True},
        )


@pytest.mark.parametrize(('kind', 'order'), [('hd', 'softmax'), ('hd', 'raw'), ('msra', 'softmax')])
def test_fresh_head_has_a_gradient_that_is_neither_zero_nor_huge(kind, order):
    # Normal(0, 0.001) weights give maps near 0, where RCC's scale 1 / Z is largest.
    head = build_rcc(kind, rcc_order=order)
    head.init_weights()
    head.loss((features()[0].relu(),), build_samples(head))['loss_kpt'].backward()
    assert 1e-6 < head.final_layer.weight.grad.norm() < 1e4


def test_bad_settings_name_the_config_key():
    with pytest.raises(ValueError, match=r'head.rcc_order'):
        build_rcc(rcc_order='first')
    with pytest.raises(ValueError, match=r'head\.num_stages'):
        build_rcc(type='StackedRCCHead', num_stages=0)
    megvii = {'type': 'MegviiHeatmap', **SIZES, 'kernel_size': 7}
    options = {'decoder': megvii, 'loss': {'type': 'KeypointMSELoss'}}
    with pytest.raises(ValueError, match=r"head.rcc=True.*'MegviiHeatmap'.*255"):
        build_rcc(**options)
    assert not build_rcc(**options, rcc=False).rcc


@pytest.mark.parametrize('kind', ['hd', 'msra'])
def test_a_head_without_a_decoder_can_be_trained(kind):
    samples = build_samples(build_rcc(kind))
    head = build_rcc(kind, decoder=None, normalise='max')
    assert head.loss(features(), samples)['loss_kpt'] > 0


def test_rcc_of_maps_that_are_not_all_heatmaps_is_refused():
    combined = {'type': 'UDPHeatmap', **SIZES, 'heatmap_type': 'combined'}
    loss = {'type': 'CombinedTargetMSELoss', 'use_target_weight': True}
    options = {'decoder': combined, 'loss': loss, 'out_channels': 3 * K}
    with pytest.raises(ValueError, match=r"head.rcc=True.*heatmap_type='combined'"):
        build_rcc(**options)
    head = build_rcc(**options, rcc=False)
    # What is measured and handed out are the heatmaps among the maps.
    samples = build_samples(head)
    assert 0 <= head.loss(features(), samples)['acc_pose'] <= 1
    _, fields = head.predict(features(), samples, {'output_heatmaps': True})
    assert fields[0].heatmaps.shape == (K, 12, 16)


@pytest.mark.parametrize('kind', ['hd', 'msra'])
@pytest.mark.parametrize('rcc', [False, True])
def test_a_stack_is_one_rcc_head_a_stage_whose_losses_add_up(kind, rcc):
    stack = build_rcc(kind, type='StackedRCCHead', num_stages=3, rcc=rcc)
    feats = features(3)
    samples = build_samples(stack)
    last = build_rcc(kind, rcc=rcc)
    own = {k: v for k, v in stack.state_dict().items() if not k.startswith('earlier')}
    last.load_state_dict(own)
    heads = [*stack.earlier, last]
    expected = sum(
        head.loss((part,), samples)['loss_kpt'] for head, part in zip(heads, feats, strict=True)
    )
    losses = stack.loss(feats, samples)
    torch.testing.assert_close(losses['loss_kpt'], expected)
    torch.testing.assert_close(losses['acc_pose'], last.loss(feats[-1:], samples)['acc_pose'])
    for cfg, given, alone in (
        ({}, feats, feats[-1:]),
        ({'flip_test': True}, [feats, feats[::-1]], [feats[-1:], feats[:1]]),
    ):
        ours, theirs = stack.predict(given, samples, cfg), last.predict(alone, samples, cfg)
        for mine, its in zip(ours, theirs, strict=True):
            np.testing.assert_array_equal(mine.keypoints, its.keypoints)
