import copy
from contextlib import nullcontext

import pytest
import tiny_heads
import torch
from mmengine.structures import InstanceData
from mmpose.registry import MODELS
from mmpose.structures import PoseDataSample
from tiny_heads import batch

from mmpose_stable.estimators.consistency import scaled_maps
from mmpose_stable.estimators.output_part import Part
from mmpose_stable.estimators.stability_trained import share_unmoved

MST = {'type': 'MSTLoss', 'loss_weight': 1.0}
CONSISTENCY = [
    {**MST, 'loss_weight': 3.0},
    {**MST, 'scale': 'clean'},
    {'type': 'StabilityLoss', 'loss_weight': 1.0},
    {'type': 'JensenShannonLoss'},
]
ATTACK = {'type': 'PGDAdversary', 'steps': 1}
PENALTY = {'type': 'SpectralNormPenalty', 'loss_weight': 0.5}


def build(name='msra', **options):
    model = tiny_heads.build(name, **options)
    torch.manual_seed(3)
    for parameter in model.parameters():
        if parameter.ndim > 1:
            torch.nn.init.kaiming_normal_(parameter)
    return model


def losses_of(model, data):
    return model(**model.data_preprocessor(copy.deepcopy(data), True), mode='loss')


def own_loss(model, pictures, data):
    return model.head.loss(model.extract_feat(pictures), data['data_samples'], {})['loss_kpt']


def test_without_views_and_losses_it_trains_as_topdown_pose_estimator():
    ours, theirs = build(), build(type='TopdownPoseEstimator')
    theirs.load_state_dict(ours.state_dict())
    mine, its = (losses_of(model, batch('msra', 1)) for model in (ours, theirs))
    torch.testing.assert_close(mine, its)
    torch.testing.assert_close(ours.state_dict(), theirs.state_dict(), rtol=0, atol=0)


@pytest.mark.parametrize('name', ['rhm', 'msra'])
def test_gradients_are_finite_under_autocast(name):
    model = build(name, consistency=CONSISTENCY)
    with torch.autocast('cpu', dtype=torch.bfloat16):
        losses = losses_of(model, batch(name, 3))
    model.parse_losses(losses)[0].backward()
    assert all(p.grad is None or p.grad.isfinite().all() for p in model.parameters())


@pytest.mark.parametrize('name', ['msra', 'rhm', 'hourglass', 'rhm_stacks'])
def test_losses_equal_those_of_views_run_one_by_one(name):
    # In evaluation mode, where a picture's output does not depend on the rest of the batch.
    model = build(name, consistency=CONSISTENCY, weight_penalty=PENALTY).eval()
    data = batch(name, 3)
    losses = losses_of(model, data)
    prepared = model.data_preprocessor(data, True)
    outputs = [model(view, None, mode='tensor') for view in prepared['inputs']]
    logits = [one[-1] if isinstance(one, list) else one for one in outputs]
    maps = on_clean_scale = logits
    if name.startswith('rhm'):
        probabilities = [part.flatten(2).softmax(-1).view_as(part) for part in logits]
        maps = [p / p.amax((2, 3), keepdim=True) for p in probabilities]
        on_clean_scale = [p / probabilities[0].amax((2, 3), keepdim=True) for p in probabilities]
    names = 'loss_mst', 'loss_mst_1', 'loss_stability', 'loss_jsd'
    compared = maps, on_clean_scale, maps, logits
    for key, module, views in zip(names, model.consistency, compared, strict=True):
        torch.testing.assert_close(losses[key], module(views, torch.ones(3, 5)))
    torch.testing.assert_close(losses['loss_kpt'], own_loss(model, prepared['inputs'][0], prepared))
    peaks = [part.flatten(2).argmax(-1) for part in maps]
    unmoved = [(part == peaks[0]).float().mean() for part in peaks[1:]]
    torch.testing.assert_close(losses['unmoved'], sum(unmoved) / 2)
    torch.testing.assert_close(losses['loss_spectral_norm'], MODELS.build(PENALTY)(model))


@pytest.mark.parametrize(
    ('supervised', 'chosen'), [('clean', [0]), ('perturbed', [1, 2]), ('all', [0, 1, 2])]
)
@pytest.mark.parametrize('consistency', [[], [MST]])
@pytest.mark.filterwarnings('ignore:no loss uses')
def test_supervised_names_the_views_of_the_heads_own_loss(supervised, chosen, consistency):
    model = build(supervised=supervised, consistency=consistency).eval()
    data = batch('msra', 3)
    losses = losses_of(model, data)
    prepared = model.data_preprocessor(data, True)
    each = [own_loss(model, prepared['inputs'][v], prepared) for v in chosen]
    torch.testing.assert_close(losses['loss_kpt'], sum(each) / len(each))


def test_the_whole_network_runs_once_a_step_and_views_for_no_loss_are_told_of():
    calls = []
    for options in ({'consistency': [MST]}, {}):
        model = build(**options)
        model.head.final_layer.register_forward_hook(lambda *args: calls.append(len(args[1][0])))
        with pytest.warns(UserWarning, match='no loss uses') if not options else nullcontext():
            losses_of(model, batch('msra'))
    assert calls == [6, 3]


def test_adversarial_view_raises_the_loss_and_leaves_the_statistics_alone():
    model = build(adversary={'type': 'PGDAdversary', 'epsilon': 16, 'step': 4, 'steps': 4})
    data = model.data_preprocessor(batch('msra', 1), True)
    inputs = data['inputs']
    buffers = [buffer.clone() for buffer in model.buffers()]
    model.backbone.bn1.eval()  # frozen, as by `norm_eval`
    attacked = model.attack(inputs, data['data_samples'])
    assert all(torch.equal(a, b) for a, b in zip(buffers, model.buffers(), strict=True))
    assert model.backbone.training
    assert not model.backbone.bn1.training
    assert all(p.grad is None for p in model.parameters())
    level = model.data_preprocessor.pixel_range(inputs)[2]
    assert ((attacked - inputs).abs() <= 16 * level + 1e-5).all()
    model.eval()
    assert own_loss(model, attacked, data) > 1.1 * own_loss(model, inputs, data)


def test_adversarial_training_needs_no_views_and_goes_with_gradient_checkpointing():
    model = build(adversary=ATTACK, supervised='perturbed')
    blocks = [module for module in model.modules() if hasattr(module, 'with_cp')]
    for block in blocks:
        block.with_cp = True
    losses = losses_of(model, batch('msra', 1))
    losses['loss_kpt'].backward()
    assert set(losses) == {'loss_kpt', 'acc_pose'}
    assert blocks
    assert all(block.with_cp for block in blocks)


@pytest.mark.parametrize('name', ['cl', 'cl_stacks'])
def test_composite_heads_are_compared_on_heatmaps_and_offsets(name):
    model = build(name, consistency=[MST, {'type': 'OffsetStabilityLoss'}])
    data = batch(name)
    for sample in data['data_samples']:
        sample.gt_fields.heatmaps.fill_(1)  # at this stride Ω is empty for some keypoints
    losses = losses_of(model, data)
    assert losses['loss_mst'] > 0
    assert losses['loss_offset_stability'] > 0
    total, log = model.parse_losses(losses)
    total.backward()
    assert {'loss_heatmap', 'loss_offset'} < set(log)
    for sample in data['data_samples']:
        sample.gt_instance_labels.keypoint_weights[:] = 0
    assert losses_of(model, data)['loss_offset_stability'] == 0  # no keypoint is labelled


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        ({'consistency': MST}, r'got 1.*PerturbedViews.*PackPoseViews'),
        ({'supervised': 'both'}, r'model.supervised'),
        ({'supervised': 'none'}, r'needs `model\.teacher`'),
        (
            {'consistency': [{'type': 'OffsetStabilityLoss'}], 'adversary': ATTACK},
            r'compares offset maps, which HeatmapHead does not',
        ),
    ],
)
def test_settings_and_views_that_do_not_fit_are_named_with_what_to_change(options, message):
    with pytest.raises(ValueError, match=message):
        losses_of(build(**options), batch('msra', 1))


def test_a_head_without_maps_is_refused():
    model = build('deeppose', consistency=[MST])
    with pytest.raises(ValueError, match=r'RegressionHead gives no maps.*model\.consistency'):
        model.consistency_losses([torch.rand(2, 5, 2)] * 2, [])


def test_the_losses_that_are_not_a_number_are_named():
    model, data = build(consistency=[MST], weight_penalty=PENALTY), batch('msra', 3)
    data['data_samples'][0].gt_fields.heatmaps[0, 0, 0] = torch.nan
    with pytest.raises(FloatingPointError, match=r"^losses \['loss_kpt'\] .*diverged"):
        losses_of(model, data)


def test_both_axes_of_simcc_and_the_keypoint_weights_reach_the_consistency_loss():
    model = build(consistency=[{**MST, 'use_target_weight': True}])
    module = model.consistency[0]
    x, y = torch.rand(2, 2, 3, 8), torch.rand(2, 2, 3, 6)
    weights = torch.tensor([[1.0, 0, 1], [0, 1, 1]])
    views = [[Part('logits', x[view]), Part('logits', y[view])] for view in range(2)]
    maps = [scaled_maps(view, view, 'maps') for view in views]
    expected = sum(module([view[axis] for view in maps], weights) for axis in range(2))
    of_levels = weights[:, None, None].expand(-1, 4, -1, -1)  # as MSPN has them
    for of_samples in (weights[:, None], of_levels):
        labels = [InstanceData(keypoint_weights=own) for own in of_samples]
        samples = [PoseDataSample(gt_instance_labels=own) for own in labels]
        torch.testing.assert_close(model.compare(module, views, samples), expected)
    # A keypoint that moves on one axis has moved.
    views = [[Part('logits', x[0]), Part('logits', y[view])] for view in range(2)]
    moved = (y[0].argmax(-1) != y[1].argmax(-1)).float().mean()
    assert moved > 0
    torch.testing.assert_close(share_unmoved(views), 1 - moved)
