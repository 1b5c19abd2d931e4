"""The losses that compare views, or student and teacher: the formulas in loops, and precision."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from mmpose.registry import MODELS

from mmpose_stable.losses.teacher import teacher_distance


def naive_mst(clean, perturbed):
    """Equation 9 of one pair of maps."""
    total, best, at_best = 0.0, None, None
    for before, after in zip(clean.flatten().tolist(), perturbed.flatten().tolist(), strict=True):
        total += (after - before) ** 2
        if best is None or before > best:
            best, at_best = before, after - before
    return total / clean.numel() + at_best**2


def naive_stability(clean, perturbed):
    return torch.linalg.norm(perturbed - clean).item()


NAIVE = {'MSTLoss': naive_mst, 'StabilityLoss': naive_stability}
LOSSES = [*NAIVE, 'JensenShannonLoss']
EQUAL = torch.ones(())  # weights of keypoints that all count alike
every_loss = pytest.mark.parametrize('name', LOSSES)


def build(name, loss_weight=1.0, **options):
    return MODELS.build({'type': name, 'loss_weight': loss_weight, **options})


@pytest.mark.parametrize('name', NAIVE)
@pytest.mark.parametrize('shape', [(5, 6), (12,)], ids=['maps', 'vectors'])
def test_loss_is_the_mean_of_the_formula_over_views_samples_and_keypoints(name, shape):
    clean, *others = torch.rand(3, 2, 4, *shape, dtype=torch.float64)
    pairs = [(clean[b, k], other[b, k]) for other in others for b in range(2) for k in range(4)]
    expected = sum(NAIVE[name](*pair) for pair in pairs) / len(pairs)
    assert build(name, 2.0)([clean, *others], EQUAL).item() == pytest.approx(2 * expected)


@pytest.mark.parametrize('count', [2, 3])
@pytest.mark.parametrize('temperature', [1.0, 0.1])
def test_jensen_shannon_is_twelve_times_the_mean_of_the_definition(count, temperature):
    views = torch.randn(count, 2, 3, 4, 5, dtype=torch.float64)
    p = (views / temperature).flatten(3).softmax(-1)
    divergence = sum((p[v] * (p[v] / p.mean(0)).log()).sum(-1) for v in range(count)) / count
    loss = build('JensenShannonLoss', 12.0, temperature=temperature)(list(views), EQUAL)
    torch.testing.assert_close(loss, 12 * divergence.mean())


@every_loss
def test_equal_views_have_no_loss_and_no_gradient(name):
    view = torch.rand(2, 3, 8, 8, requires_grad=True)
    loss = build(name)([view, view.detach()], EQUAL)
    loss.backward()
    assert loss.item() == pytest.approx(0, abs=1e-6)
    assert view.grad.abs().max() < 1e-6


@every_loss
def test_half_precision_views_of_any_size_are_compared_in_float32(name):
    views = [(2e4 * torch.randn(1, 2, 64, 64)).clamp(-6e4, 6e4).half() for _ in range(3)]
    expected = build(name)([view.double() for view in views], EQUAL)
    views[1].requires_grad_()
    with torch.autocast('cpu', dtype=torch.bfloat16):
        loss = build(name)(views, EQUAL)
    loss.backward()
    torch.testing.assert_close(loss, expected.float(), rtol=1e-4, atol=0)
    assert views[1].grad.isfinite().all()


@every_loss
def test_keypoint_weights_leave_unlabelled_keypoints_out(name):
    views = [torch.rand(1, 2, 4, 4) for _ in range(2)]
    weighted = build(name, use_target_weight=True)
    alone = build(name)([view[:, :1] for view in views], EQUAL)
    torch.testing.assert_close(weighted(views, torch.tensor([[1.0, 0.0]])), alone / 2)


def naive_offset_loss(clean, perturbed, region):
    """Smooth L1 of the change, averaged over Ω, then over samples and keypoints."""
    terms = clean.new_zeros(clean.shape[:2])
    for b, k in np.ndindex(*terms.shape):
        inside = region[b, k].nonzero().tolist()
        for i, j in inside:
            pair = perturbed[b, k, :, i, j], clean[b, k, :, i, j]
            terms[b, k] += F.smooth_l1_loss(*pair, reduction='sum') / len(inside)
    return terms.mean()


def test_offset_loss_and_distance_from_a_teacher_equal_the_loops_inside_the_region():
    clean, *others = 2 * torch.randn(4, 2, 3, 2, 4, 5, dtype=torch.float64)
    region = torch.rand(2, 3, 4, 5) > 0.6
    region[0, 1] = False
    loss = build('OffsetStabilityLoss', 0.3)([clean, *others], region)
    expected = sum(naive_offset_loss(clean, other, region) for other in others) / len(others)
    torch.testing.assert_close(loss, 0.3 * expected)
    found = teacher_distance('offsets', others[0], clean, region)
    torch.testing.assert_close(found, naive_offset_loss(clean, others[0], region))


def smooth_l1(difference):
    distance = abs(difference)
    return distance**2 / 2 if distance < 1 else distance - 0.5


def naive_distance(kind, student, teacher):
    """The distance of one keypoint's output, value by value."""
    a, b = (output.flatten().tolist() for output in (student, teacher))
    if kind == 'heatmaps':
        return sum((x - y) ** 2 for x, y in zip(a, b, strict=True)) / len(a)
    if kind == 'coordinates':
        return sum(smooth_l1(x - y) for x, y in zip(a, b, strict=True))
    q, p = ([math.exp(x) / sum(map(math.exp, values)) for x in values] for values in (a, b))
    return sum(y * math.log(y / x) for x, y in zip(q, p, strict=True))


@pytest.mark.parametrize(
    ('kind', 'shape'), [('heatmaps', (4, 5)), ('logits', (3, 2)), ('coordinates', (4,))]
)
def test_distance_is_the_mean_of_the_formula_over_keypoints(kind, shape):
    student, teacher = 2 * torch.randn(2, 1, 2, *shape, dtype=torch.float64)
    naive = sum(naive_distance(kind, student[0, k], teacher[0, k]) for k in range(2)) / 2
    assert teacher_distance(kind, student, teacher).item() == pytest.approx(naive)


@pytest.mark.parametrize(
    ('name', 'option', 'message'),
    [
        ('MSTLoss', {'scale': 'theirs'}, r"`scale` of MSTLoss should be one of .*'theirs'"),
        ('JensenShannonLoss', {'temperature': 0}, '`temperature` of JensenShannonLoss'),
    ],
)
def test_an_option_out_of_its_range_is_named(name, option, message):
    with pytest.raises(ValueError, match=message):
        build(name, **option)
