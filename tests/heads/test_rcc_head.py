import numpy as np
import pytest
import torch
from small_heads import SIZES, K, build_rcc, build_samples, features

from mmpose_stable.layers.row_column_correlation import (
    RowColumnCorrelation,
    row_column_correlation,
)


def test_without_rcc_and_with_mse_it_is_mmposes_heatmap_head():
    ours = build_rcc('msra', rcc=False)
    theirs = build_rcc('msra', type='HeatmapHead')
    theirs.load_state_dict(ours.state_dict())
    feats, samples = features(), build_samples(ours)
    torch.testing.assert_close(ours.loss(feats, samples), theirs.loss(feats, samples))
    assert set(ours.loss(feats, samples, {'compute_acc': False})) == {'loss_kpt'}
    for cfg in ({}, {'flip_test': True, 'shift_heatmap': True}):
        given = [features(), features()] if cfg else feats
        predictions = (head.predict(given, samples, cfg) for head in (ours, theirs))
        for mine, its in zip(*predictions, strict=True):
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
    torch.testing.assert_close(raw(feats), row_column_correlation(plain(feats)))
    q = row_column_correlation(plain.predict_maps(feats))
    torch.testing.assert_close(
        head.predict_maps(feats), q / q.sum((-2, -1), keepdim=True), rtol=1e-4, atol=1e-7
    )
    samples = build_samples(raw)
    weights = torch.cat([one.gt_instance_labels.keypoint_weights for one in samples])
    expected = raw.loss_module(raw(feats), raw.targets(samples), weights)
    torch.testing.assert_close(raw.loss(feats, samples)['loss_kpt'], expected)


@pytest.mark.parametrize('kind', ['hd', 'msra'])
def test_perfect_maps_have_an_accuracy_of_one_also_where_all_logits_are_below_zero(kind):
    head = build_rcc(kind, rcc=False, final_layer=None)
    samples = build_samples(head)
    maps = head.targets(samples)
    losses = head.loss(((maps + 1e-6).log() - 1 if kind == 'hd' else maps,), samples)
    assert losses['acc_pose'] == 1


@pytest.mark.parametrize('kind', ['hd', 'msra'])
def test_fresh_head_has_a_gradient_that_is_neither_zero_nor_huge(kind):
    # Normal(0, 0.001) weights give maps near 0, where RCC's scale 1 / Z is largest.
    head = build_rcc(kind)
    head.init_weights()
    head.loss((features()[0].relu(),), build_samples(head))['loss_kpt'].backward()
    assert 1e-6 < head.final_layer.weight.grad.norm() < 1e4


def test_shifting_the_flipped_cells_of_an_hd_heatmap_is_refused():
    head = build_rcc()
    cfg = {'flip_test': True, 'shift_heatmap': True}
    with pytest.raises(ValueError, match=r'model.test_cfg.shift_heatmap=False'):
        head.predict([features(), features()], build_samples(head), cfg)


MEGVII = {
    'decoder': {'type': 'MegviiHeatmap', **SIZES, 'kernel_size': 7},
    'loss': {'type': 'KeypointMSELoss'},
}
COMBINED = {
    'decoder': {'type': 'UDPHeatmap', **SIZES, 'heatmap_type': 'combined'},
    'loss': {'type': 'CombinedTargetMSELoss', 'use_target_weight': True},
    'out_channels': 3 * K,
}


@pytest.mark.parametrize('options', [MEGVII, COMBINED])
def test_rcc_of_maps_that_are_not_all_heatmaps_with_a_peak_of_one_is_refused(options):
    decoder = options['decoder']['type']
    with pytest.raises(ValueError, match=rf"head.rcc=True.*got `head.decoder.type='{decoder}'"):
        build_rcc(**options)
    build_rcc(**options, rcc=False)


def test_what_is_measured_and_handed_out_are_the_heatmaps_among_the_maps():
    head = build_rcc(**COMBINED, rcc=False)
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
