"""The estimator: what it reduces to, which views are compared, cost, faults, checkpoints."""

import copy

import numpy as np
import pytest
import torch
from mmengine.structures import InstanceData, PixelData
from mmpose.registry import KEYPOINT_CODECS, MODELS
from mmpose.structures import PoseDataSample
from torch import nn

from mmpose_stable.estimators.consistency import StabilityMaps, stability_maps
from mmpose_stable.estimators.faults import raise_if_not_finite
from mmpose_stable.estimators.stability_trained import share_unmoved, switched_off
from mmpose_stable.losses.jensen_shannon import jensen_shannon

SIZE = (64, 96)
MSRA = {'type': 'MSRAHeatmap', 'input_size': SIZE, 'heatmap_size': (16, 24), 'sigma': 1}
HD = {'type': 'HDHeatmap', 'input_size': SIZE, 'heatmap_size': (16, 24)}
MST = {'type': 'MSTLoss', 'loss_weight': 1.0}


def build(codec=MSRA, type='StabilityTrainedPoseEstimator', head=None, norm='BN', **options):
    hd = codec is HD
    loss = {'type': 'WeightedCrossEntropyLoss' if hd else 'KeypointMSELoss'}
    model = MODELS.build(
        {
            'type': type,
            'data_preprocessor': {
                'type': 'PoseDataPreprocessor',
                'mean': [123.675, 116.28, 103.53],
                'std': [58.395, 57.12, 57.375],
                'bgr_to_rgb': True,
            },
            'backbone': {
                'type': 'ShuffleNetV2',
                'widen_factor': 0.5,
                'norm_cfg': {'type': norm, **({'num_groups': 2} if norm == 'GN' else {})},
            },
            'head': head
            or {
                'type': 'RCCHead' if hd else 'HeatmapHead',
                'in_channels': 1024,
                'out_channels': 3,
                'deconv_out_channels': (16, 16, 16),
                'loss': {**loss, 'use_target_weight': True},
                'decoder': codec,
            },
            **options,
        }
    )
    torch.manual_seed(3)
    for parameter in model.parameters():
        if parameter.ndim > 1:
            torch.nn.init.kaiming_normal_(parameter)
    return model


def batch(num_views=2, count=3, codec=MSRA, kinds=('frost', 'snow')):
    rng = np.random.default_rng(0)
    encoder = KEYPOINT_CODECS.build(codec)
    pictures = torch.Generator().manual_seed(0)
    inputs, data_samples = [], []
    for n in range(count):
        encoded = encoder.encode(rng.uniform(5, 40, (1, 3, 2)).astype(np.float32))
        meta = {
            'id': 100 + n,
            'flip_indices': [0, 2, 1],
            'input_center': np.array([32.0, 48.0]),
            'input_scale': np.array([64.0, 96.0]),
            'input_size': SIZE,
            'view_kinds': kinds[: num_views - 1],
            'view_severities': (4, 2)[: num_views - 1],
        }
        sample = PoseDataSample(metainfo=meta)
        sample.gt_fields = PixelData(heatmaps=torch.from_numpy(encoded['heatmaps']))
        sample.gt_instance_labels = InstanceData(
            keypoint_weights=torch.from_numpy(encoded['keypoint_weights'])
        )
        sample.gt_instances = InstanceData(bboxes=np.zeros((1, 4)), bbox_scores=np.ones(1))
        data_samples.append(sample)
        views = torch.randint(0, 256, (num_views, 3, 96, 64), dtype=torch.uint8, generator=pictures)
        inputs.append(views if num_views > 1 else views[0])
    return {'inputs': inputs, 'data_samples': data_samples}


def losses_of(model, data):
    data = model.data_preprocessor(data, True)
    return model(**data, mode='loss')


def test_without_views_and_losses_it_trains_as_topdown_pose_estimator():
    ours, theirs = build(), build(type='TopdownPoseEstimator')
    theirs.load_state_dict(ours.state_dict())
    data = batch(1)
    mine, its = losses_of(ours, data), losses_of(theirs, data)
    assert set(mine) == set(its)
    for key in its:
        torch.testing.assert_close(mine[key], its[key])
    for (name, a), (_, b) in zip(ours.named_buffers(), theirs.named_buffers(), strict=False):
        assert torch.equal(a, b), name


def test_prediction_and_state_dict_are_those_of_topdown_pose_estimator():
    ours = build(consistency=[MST], adversary={'type': 'PGDAdversary'}).eval()
    theirs = build(type='TopdownPoseEstimator').eval()
    assert list(ours.state_dict()) == list(theirs.state_dict())
    ours.load_state_dict(theirs.state_dict())
    for cfg in ({}, {'flip_test': True, 'output_heatmaps': True}):
        ours.test_cfg = theirs.test_cfg = cfg
        with torch.no_grad():
            pairs = zip(ours.test_step(batch(1)), theirs.test_step(batch(1)), strict=True)
        for a, b in pairs:
            assert np.array_equal(a.pred_instances.keypoints, b.pred_instances.keypoints)
            assert np.array_equal(
                a.pred_instances.keypoint_scores, b.pred_instances.keypoint_scores
            )
            if cfg:
                assert torch.equal(a.pred_fields.heatmaps, b.pred_fields.heatmaps)


def test_equal_views_have_no_consistency_loss_and_never_move():
    data = batch(3)
    data['inputs'] = [views[:1].expand(3, -1, -1, -1) for views in data['inputs']]
    consistency = [
        MST,
        {'type': 'StabilityLoss', 'loss_weight': 1.0},
        {'type': 'JensenShannonLoss'},
    ]
    losses = losses_of(build(consistency=consistency), data)
    for key in ('loss_mst', 'loss_stability', 'loss_jsd'):
        assert losses[key].item() == pytest.approx(0, abs=1e-5)
    assert losses['unmoved'] == 1


def mst_of(scale, clean, perturbed, weight=1.0):
    """MST of logits (B, K, H, W) as the estimator computes it."""
    model = build(HD, consistency=[{'type': 'MSTLoss', 'scale': scale, 'loss_weight': weight}])
    weights = torch.ones(clean.shape[:2])
    maps = [stability_maps(model.head, logits, []) for logits in (clean, perturbed)]
    return model.compare(model.consistency[0], maps, weights)


def test_the_divergence_of_views_is_that_of_their_logits():
    views = torch.randn(3, 2, 3, 6, 5)
    model = build(HD, consistency=[{'type': 'JensenShannonLoss'}])
    maps = [stability_maps(model.head, logits, []) for logits in views]
    loss = model.compare(model.consistency[0], maps, torch.ones(2, 3))
    torch.testing.assert_close(loss, 12 * jensen_shannon(views.flatten(-2)).mean())


def fallen_peak():
    """A clean map, and one with the same arg-max and a smaller probability there."""
    clean = torch.zeros(1, 1, 8, 8)
    clean[0, 0, 3, 3] = 6
    perturbed = torch.zeros(1, 1, 8, 8)
    perturbed[0, 0, 3, 3] = 3
    return clean, perturbed.requires_grad_()


def test_mst_on_the_clean_scale_equals_the_formula_in_loops():
    clean, perturbed = torch.randn(2, 2, 3, 6, 5, dtype=torch.float64)
    total = 0.0
    for r, other in zip(clean.flatten(0, 1), perturbed.flatten(0, 1), strict=True):
        p, q = r.exp() / r.exp().sum(), other.exp() / other.exp().sum()
        change = [(b - a) / p.max() for a, b in zip(p.flatten(), q.flatten(), strict=True)]
        total += sum(c**2 for c in change) / 30 + change[int(p.argmax())] ** 2
    torch.testing.assert_close(mst_of('clean', clean, perturbed, 2.0), 2 * total / 6)


def test_a_peak_that_falls_in_its_place_costs_on_the_clean_scale_only():
    clean, perturbed = fallen_peak()
    model = build(HD)
    views = [stability_maps(model.head, logits, []) for logits in (clean, perturbed)]
    own, on_clean = views[1].maps[0], views[1].on_scale_of(views[0])[0]
    assert own[0, 0, 3, 3] == views[0].maps[0][0, 0, 3, 3] == 1
    assert on_clean[0, 0, 3, 3] < 0.5
    for maps, costs in ((own, False), (on_clean, True)):
        (gradient,) = torch.autograd.grad((maps[0, 0, 3, 3] - 1) ** 2, perturbed, retain_graph=True)
        # Down the gradient the peak's logit rises.
        assert (gradient[0, 0, 3, 3] < 0) == costs
        assert gradient.abs().max().item() > 0 if costs else not gradient.any()
    assert mst_of('clean', clean, perturbed) > mst_of('own', clean, perturbed)


def test_mst_on_the_clean_scale_trains_the_clean_view_too():
    clean, perturbed = fallen_peak()
    clean.requires_grad_()
    mst_of('clean', clean, perturbed).backward()
    assert clean.grad[0, 0, 3, 3] > 0
    assert perturbed.grad[0, 0, 3, 3] < 0


@pytest.mark.parametrize('codec', [HD, MSRA], ids=['logits', 'heatmaps'])
def test_equal_views_cost_nothing_on_the_clean_scale(codec):
    data = batch(3, codec=codec)
    data['inputs'] = [views[:1].expand(3, -1, -1, -1) for views in data['inputs']]
    model = build(codec, consistency=[{'type': 'MSTLoss', 'loss_weight': 1.0, 'scale': 'clean'}])
    with torch.autocast('cpu', dtype=torch.bfloat16):
        losses = losses_of(model, data)
    assert losses['loss_mst'].item() == pytest.approx(0, abs=1e-5)
    losses['loss_mst'].backward()
    assert all(p.grad.isfinite().all() for p in model.parameters() if p.grad is not None)


def test_both_scales_agree_on_regressed_heatmaps():
    losses = losses_of(build(consistency=[MST, {**MST, 'scale': 'clean'}]), batch(2))
    assert torch.equal(losses['loss_mst'], losses['loss_mst_1'])
    assert losses['loss_mst'] > 0


def test_losses_equal_those_of_views_run_one_by_one():
    # In evaluation mode, where a picture's output does not depend on the rest of the batch.
    model = build(HD, consistency=[{'type': 'MSTLoss', 'loss_weight': 3.0}]).eval()
    data = batch(3, codec=HD)
    losses = losses_of(model, data)
    prepared = model.data_preprocessor(copy.deepcopy(data), True)
    maps = []
    for v in range(3):
        logits = model(prepared['inputs'][v], None, mode='tensor')
        p = logits.flatten(2).softmax(-1).view_as(logits)
        maps.append(p / p.amax((2, 3), keepdim=True))
    expected = MODELS.build({'type': 'MSTLoss', 'loss_weight': 3.0})(maps)
    torch.testing.assert_close(losses['loss_mst'], expected)
    clean = model.head.loss(model.extract_feat(prepared['inputs'][0]), prepared['data_samples'], {})
    torch.testing.assert_close(losses['loss_kpt'], clean['loss_kpt'])
    peaks = [part.flatten(2).argmax(-1) for part in maps]
    moved = [(part == peaks[0]).float().mean() for part in peaks[1:]]
    torch.testing.assert_close(losses['unmoved'], sum(moved) / 2)


@pytest.mark.parametrize(
    ('supervised', 'chosen'), [('clean', [0]), ('perturbed', [1, 2]), ('all', [0, 1, 2])]
)
@pytest.mark.parametrize('consistency', [[], [MST]])
def test_supervised_names_the_views_of_the_heads_own_loss(supervised, chosen, consistency):
    model = build(supervised=supervised, consistency=consistency).eval()
    data = batch(3)
    if not consistency and supervised == 'clean':
        with pytest.warns(UserWarning, match='no loss uses'):
            losses = losses_of(model, data)
    else:
        losses = losses_of(model, data)
    prepared = model.data_preprocessor(copy.deepcopy(data), True)
    each = [
        model.head.loss(model.extract_feat(prepared['inputs'][v]), prepared['data_samples'], {})[
            'loss_kpt'
        ]
        for v in chosen
    ]
    torch.testing.assert_close(losses['loss_kpt'], sum(each) / len(each))


def test_the_whole_network_runs_once_a_step():
    model = build(consistency=[MST])
    calls = []
    model.head.final_layer.register_forward_hook(lambda *args: calls.append(args[1][0].shape[0]))
    losses_of(model, batch(2))
    assert calls == [6]


def test_adversarial_view_raises_the_loss_and_leaves_the_statistics_alone():
    model = build(adversary={'type': 'PGDAdversary', 'epsilon': 16, 'step': 4, 'steps': 4})
    data = model.data_preprocessor(batch(1), True)
    inputs, samples = data['inputs'], data['data_samples']
    buffers = [buffer.clone() for buffer in model.buffers()]
    attacked = model.attack(inputs, samples)
    assert all(torch.equal(a, b) for a, b in zip(buffers, model.buffers(), strict=True))
    assert model.backbone.training
    assert all(p.grad is None for p in model.parameters())
    level = model.data_preprocessor.pixel_range(inputs)[2]
    assert ((attacked - inputs).abs() <= 16 * level + 1e-5).all()
    model.eval()
    clean, worse = (
        model.head.loss(model.extract_feat(x), samples, {})['loss_kpt'] for x in (inputs, attacked)
    )
    assert worse > 1.1 * clean


def test_adversarial_training_needs_no_views_from_the_pipeline():
    model = build(adversary={'type': 'PGDAdversary', 'steps': 1}, supervised='perturbed')
    losses = losses_of(model, batch(1))
    losses['loss_kpt'].backward()
    assert set(losses) == {'loss_kpt', 'acc_pose'}


def test_adversarial_training_goes_with_gradient_checkpointing():
    model = build(adversary={'type': 'PGDAdversary', 'steps': 1}, supervised='perturbed')
    blocks = [module for module in model.modules() if hasattr(module, 'with_cp')]
    for block in blocks:
        block.with_cp = True
    losses_of(model, batch(1))['loss_kpt'].backward()
    assert blocks
    assert all(block.with_cp for block in blocks)


def test_an_adversary_that_no_loss_uses_is_refused_before_the_attack():
    model = build(adversary={'type': 'PGDAdversary'})
    model.attack = None
    with pytest.raises(ValueError, match=r'`model\.adversary` makes a view that no loss uses'):
        losses_of(model, batch(1))


def test_weight_penalty_is_added_to_the_losses():
    penalty = {'type': 'SpectralNormPenalty', 'loss_weight': 0.5}
    model = build(weight_penalty=penalty)
    losses = losses_of(model, batch(1))
    torch.testing.assert_close(losses['loss_spectral_norm'], MODELS.build(penalty)(model))


def test_two_losses_of_one_kind_have_names_of_their_own():
    losses = losses_of(build(consistency=[MST, {'type': 'MSTLoss', 'loss_weight': 2}]), batch())
    torch.testing.assert_close(2 * losses['loss_mst'], losses['loss_mst_1'])


def test_composite_heads_are_compared_on_heatmaps_and_offsets():
    codec = {'type': 'CompositeLocalization', 'input_size': SIZE, 'stride': 16}
    head = {
        'type': 'CLHead',
        'in_channels': 1024,
        'num_keypoints': 3,
        'num_deconvs': 1,
        'mid_channels': 16,
        'out_channels': 64,
        'decoder': codec,
    }
    model = build(head=head, consistency=[MST, {'type': 'OffsetStabilityLoss'}])
    data = batch(2, codec={**codec, 'stride': 16})
    for sample in data['data_samples']:
        keypoints = np.array([[[20.0, 20.0], [30.0, 40.0], [10.0, 50.0]]], np.float32)
        encoded = model.head.decoder.encode(keypoints)
        sample.gt_fields = PixelData(
            heatmaps=torch.from_numpy(encoded['heatmaps']),
            offsets=torch.from_numpy(encoded['offsets']),
        )
    losses = losses_of(model, data)
    assert losses['loss_mst'] > 0
    assert losses['loss_offset_stability'] > 0
    model.parse_losses(losses)[0].backward()
    for sample in data['data_samples']:
        sample.gt_instance_labels.keypoint_weights[:] = 0
    assert losses_of(model, data)['loss_offset_stability'] == 0  # no keypoint is labelled


def test_offset_consistency_of_a_head_without_offsets_is_refused():
    with pytest.raises(ValueError, match=r'compares offset maps, which HeatmapHead does not'):
        losses_of(build(consistency=[{'type': 'OffsetStabilityLoss'}]), batch())


@pytest.mark.parametrize('options', [{'consistency': [MST]}, {'supervised': 'all'}])
def test_missing_views_are_named_with_what_to_change(options):
    with pytest.raises(ValueError, match=r'got 1.*PerturbedViews.*PackPoseViews'):
        losses_of(build(**options), batch(1))


def test_a_consistency_loss_that_is_not_in_a_list_names_the_config_key():
    with pytest.raises(ValueError, match=r"`model\.consistency` should be a list.*'MSTLoss'"):
        build(consistency={'type': 'MSTLoss', 'loss_weight': 0.01})


def test_unknown_supervised_names_the_config_key():
    with pytest.raises(ValueError, match=r'model.supervised'):
        build(supervised='both')


@pytest.mark.parametrize('norm', ['BN', 'GN'])
def test_nan_in_one_view_is_an_error_that_names_its_kind_and_severity(norm):
    data = batch(3)
    data['inputs'] = [views.float() for views in data['inputs']]
    data['inputs'][1][2, 0, 5, 5] = torch.nan
    model = build(consistency=[MST], norm=norm)
    with pytest.raises(
        FloatingPointError, match=r'pictures of view 2 \(snow, severity 2\) of sample 101\.'
    ):
        losses_of(model, data)


def test_nan_in_the_adversarial_view_names_it():
    model = build(adversary={'type': 'PGDAdversary', 'steps': 1}, supervised='all', norm='GN')
    model.attack = lambda inputs, samples: (
        inputs * torch.tensor([1.0, torch.nan, 1.0]).view(3, 1, 1, 1)
    )
    with pytest.raises(FloatingPointError, match=r'view 1 \(adversarial\) of sample 101\.'):
        losses_of(model, batch(1))


def test_nan_of_the_network_itself_is_called_divergence():
    model = build(consistency=[MST])
    torch.nn.init.constant_(model.head.final_layer.weight, torch.nan)
    with pytest.raises(FloatingPointError, match=r'all views of all samples.*diverged'):
        losses_of(model, batch())


def test_nan_of_the_penalty_names_that_loss_alone():
    model = build(weight_penalty={'type': 'SpectralNormPenalty'})
    model.weight_penalty.loss_weight = float('nan')
    with pytest.raises(FloatingPointError, match=r"^losses \['loss_spectral_norm'\]"):
        losses_of(model, batch(1))


def test_nan_in_a_dictionary_of_outputs_is_found():
    outputs = {'maps': torch.tensor([[1.0], [torch.nan]]), 'name': 'b'}
    data_samples = batch(1, count=2)['data_samples']
    with pytest.raises(FloatingPointError, match=r'output for view 0 \(clean\) of sample 101\.'):
        raise_if_not_finite(
            {'loss_kpt': torch.tensor(torch.nan)}, {0: torch.zeros(2, 1)}, outputs, data_samples
        )


def test_nan_of_the_target_is_not_blamed_on_a_view():
    data = batch()
    data['data_samples'][0].gt_fields.heatmaps[0, 0, 0] = torch.nan
    with pytest.raises(FloatingPointError, match=r'Pictures and outputs are finite'):
        losses_of(build(consistency=[MST]), data)


@pytest.mark.parametrize('codec', [MSRA, HD])
def test_a_step_under_autocast_is_finite(codec):
    model = build(codec, consistency=[MST, {'type': 'JensenShannonLoss'}])
    with torch.autocast('cpu', dtype=torch.bfloat16):
        losses = losses_of(model, batch(3, codec=codec))
    loss, _ = model.parse_losses(losses)
    loss.backward()
    assert all(p.grad is None or torch.isfinite(p.grad).all() for p in model.parameters())


def test_training_on_one_batch_lowers_the_consistency_loss():
    model = build(HD, consistency=[MST], norm='GN')
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-3)
    data, history = batch(2, codec=HD), []
    for _ in range(12):
        losses = losses_of(model, copy.deepcopy(data))
        loss, _ = model.parse_losses(losses)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        history.append((losses['loss_kpt'].item(), losses['loss_mst'].item()))
    assert history[-1][0] < history[0][0]
    assert history[-1][1] < history[0][1]


def test_a_consistency_loss_that_mmengine_would_not_add_up_is_refused(monkeypatch):
    monkeypatch.setattr(MODELS.get('MSTLoss'), 'log_name', 'consistency')
    with pytest.raises(ValueError, match=r"MSTLoss in `model.consistency` .*'consistency'"):
        build(consistency=[MST])


def test_both_axes_of_simcc_and_the_keypoint_weights_reach_the_consistency_loss():
    model = build(consistency=[{'type': 'MSTLoss', 'loss_weight': 1.0, 'use_target_weight': True}])
    module = model.consistency[0]
    x, y = torch.rand(2, 2, 3, 8), torch.rand(2, 2, 3, 6)
    weights = torch.tensor([[1.0, 0, 1], [0, 1, 1]])
    views = [StabilityMaps.of_logits(x[view], y[view]) for view in range(2)]
    expected = sum(module([view.maps[axis] for view in views], weights) for axis in range(2))
    torch.testing.assert_close(model.compare(module, views, weights), expected)


def test_a_keypoint_that_moves_on_one_axis_has_moved():
    x, y = torch.rand(2, 3, 8), torch.rand(2, 2, 3, 6)
    moved = (y[0].argmax(-1) != y[1].argmax(-1)).float().mean()
    assert moved > 0
    views = [StabilityMaps.of_logits(x, y[view]) for view in range(2)]
    torch.testing.assert_close(share_unmoved(views), 1 - moved)


def test_an_attack_leaves_every_part_in_the_mode_that_it_had():
    model = nn.Sequential(nn.BatchNorm2d(2), nn.BatchNorm2d(2))
    model[0].eval()  # frozen, as by `norm_eval`
    with switched_off(model, 'training'):
        assert not model[1].training
    assert [part.training for part in model] == [False, True]
