import math

import pytest
import torch

from mmpose_stable.losses.teacher import teacher_distance


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


@pytest.mark.parametrize('kind', ['heatmaps', 'logits', 'offsets', 'coordinates'])
def test_equal_outputs_have_no_distance_and_half_precision_is_widened(kind):
    shape = {'offsets': (2, 3, 2, 4, 4), 'coordinates': (2, 3, 2)}.get(kind, (2, 3, 4, 4))
    output = (8 * torch.randn(shape)).bfloat16()
    region = torch.ones(2, 3, 4, 4, dtype=torch.bool) if kind == 'offsets' else None
    loss = teacher_distance(kind, output, output, region)
    assert loss == 0
    assert loss.dtype == torch.float32
