"""The distances from a teacher: zero at equality, and what loops over the formulas give."""

import math

import pytest
import torch

from mmpose_stable.losses.teacher import teacher_distance


def smooth_l1(difference):
    distance = abs(difference)
    return distance**2 / 2 if distance < 1 else distance - 0.5


def pair(*shape):
    """A student's output and a teacher's, of two keypoints."""
    return 2 * torch.randn(2, 1, 2, *shape, dtype=torch.float64)


def test_heatmaps_are_compared_by_the_mean_square_error():
    student, teacher = pair(4, 5)
    naive = sum(d**2 for d in (student - teacher).flatten().tolist()) / 40
    assert teacher_distance('heatmaps', student, teacher).item() == pytest.approx(naive)


def test_logits_are_compared_by_the_divergence_from_the_teachers_distribution():
    student, teacher = pair(3, 2)
    naive = 0
    for k in range(2):
        p, q = (part[0, k].flatten().exp().tolist() for part in (teacher, student))
        p, q = ([value / sum(values) for value in values] for values in (p, q))
        naive += sum(a * math.log(a / b) for a, b in zip(p, q, strict=True))
    assert teacher_distance('logits', student, teacher).item() == pytest.approx(naive / 2)


def test_offsets_are_compared_inside_the_region_alone():
    student, teacher = pair(2, 3, 3)
    region = torch.zeros(1, 2, 3, 3, dtype=torch.bool)
    region[0, 0, 1, :2] = True  # and nowhere for the other keypoint
    change = student - teacher
    naive = sum(smooth_l1(change[0, 0, d, 1, x].item()) for d in range(2) for x in range(2)) / 2
    found = teacher_distance('offsets', student, teacher, region)
    assert found.item() == pytest.approx(naive / 2)


def test_coordinates_are_compared_by_smooth_l1():
    student, teacher = pair(4)
    naive = sum(smooth_l1(d) for d in (student - teacher).flatten().tolist())
    assert teacher_distance('coordinates', student, teacher).item() == pytest.approx(naive / 2)


@pytest.mark.parametrize('kind', ['heatmaps', 'logits', 'offsets', 'coordinates'])
def test_equal_outputs_have_no_distance_and_half_precision_is_widened(kind):
    shape = {'offsets': (2, 3, 2, 4, 4), 'coordinates': (2, 3, 2)}.get(kind, (2, 3, 4, 4))
    output = (8 * torch.randn(shape)).bfloat16()
    region = torch.ones(2, 3, 4, 4, dtype=torch.bool) if kind == 'offsets' else None
    loss = teacher_distance(kind, output, output, region)
    assert loss == 0
    assert loss.dtype == torch.float32
