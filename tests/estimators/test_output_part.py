"""Outputs moved to the crop of another box: what an exact function of position gives there."""

import numpy as np
import pytest
import small_heads
import torch
from mmpose.registry import KEYPOINT_CODECS
from small_heads import SIZE, SIZES

from mmpose_stable.estimators.output_part import Part
from mmpose_stable.losses.teacher import teacher_distance
from mmpose_stable.perturbations.boxes import MovedBox

CODECS = {
    **small_heads.CODECS,
    'udp': {'type': 'UDPHeatmap', **SIZES, 'sigma': 1.5},
    'cl': small_heads.COMPOSITE,
    'simcc': {'type': 'SimCCLabel', 'input_size': SIZE, 'simcc_split_ratio': 2.0},
    'regression': {'type': 'RegressionLabel', 'input_size': SIZE},
}
KEYPOINTS = np.array([[28.0, 20.0], [36.0, 24.0], [24.0, 28.0]])
BOXES = [MovedBox(1.0, 8.0, -4.0), MovedBox(1.1, -3.3, 1.7), MovedBox(0.9, 4.2, 2.5)]


def places(codec):
    """Return the input pixel (x, y) of each cell of a map, (12, 16, 2), as the codec says."""
    y, x = np.mgrid[:12, :16]
    cells = np.stack((x, y), -1).astype(float)
    if codec in ('hd', 'cl'):
        return (cells + 0.5) * 4 - 0.5
    return cells * (np.array([63 / 15, 47 / 11]) if codec == 'udp' else 4)


def exact(kind, codec, box):
    """Return a part that is a function of position alone, in the crop of a box; one person."""
    scale, start = box.scale, np.array(box[1:])
    keypoints = (KEYPOINTS - start) / scale
    if kind == 'coordinates':
        values = np.concatenate((keypoints / SIZE, np.full((3, 2), 0.1 / scale)), -1)
        return Part(kind, torch.tensor(values)[None])
    if codec == 'simcc':
        bins = np.arange(128) / 2
        log = -((bins - keypoints[:, :1]) ** 2) / (2 * (6 / scale) ** 2)
        return Part(kind, torch.tensor(log)[None])
    to = keypoints[:, None, None] - places(codec)  # (K, H, W, 2) in pixels
    distance = (to**2).sum(-1) * scale**2
    if kind == 'offsets':
        region = distance <= 9**2
        values = np.moveaxis(to / 4, -1, 1) + ~region[:, None] * 1e3  # no meaning outside
        return Part(kind, torch.tensor(values)[None], torch.tensor(region)[None])
    sigma = 7 if kind == 'heatmaps' else 4  # what the border lacks is too unlikely to count
    log = torch.tensor(-distance / (2 * sigma**2))[None]
    return Part(kind, log.exp() if kind == 'heatmaps' else log)


@pytest.mark.parametrize('box', BOXES, ids=['shift', 'larger', 'smaller'])
@pytest.mark.parametrize(
    ('kind', 'codec', 'bound'),
    [
        ('heatmaps', 'msra', 2e-5),  # of 0.06 for an empty map
        ('heatmaps', 'udp', 2e-5),
        ('heatmaps', 'hd', 2e-5),
        ('logits', 'hd', 1e-5),
        ('logits', 'simcc', 1e-5),
        ('offsets', 'cl', 1e-9),
        ('coordinates', 'regression', 1e-12),
    ],
)
def test_a_teacher_that_is_a_function_of_position_is_met_exactly_in_the_other_crop(
    kind, codec, bound, box
):
    teacher, student = exact(kind, codec, MovedBox()), exact(kind, codec, box)
    boxes = torch.tensor([box], dtype=torch.float64)
    moved = teacher.moved(boxes, KEYPOINT_CODECS.build(CODECS[codec]), SIZE)
    assert moved.region.flatten(2).any(-1).all()
    distance = teacher_distance(kind, student.values, moved.values, moved.region)
    unmoved = teacher_distance(kind, student.values, teacher.values, teacher.region)
    assert distance < bound
    assert unmoved > 20 * bound


def test_the_other_crop_counts_where_the_crops_overlap_and_the_keypoint_is_in_both():
    logits = torch.zeros(1, 2, 12, 16)
    logits[0, 0, 3, 2] = logits[0, 1, 6, 9] = 20
    codec = KEYPOINT_CODECS.build(CODECS['msra'])
    moved = Part('logits', logits).moved(torch.tensor([MovedBox(1.0, 20.0, 8.0)]), codec, SIZE)
    assert not moved.region[0, 0].any()  # five columns further right the keypoint is gone
    expected = torch.zeros(12, 16, dtype=torch.bool)
    expected[:10, :11] = True
    assert torch.equal(moved.region[0, 1], expected)
    far = torch.randn(1, 2, 12, 16)
    far[moved.region] = moved.values[moved.region]
    assert teacher_distance('logits', far, moved.values, moved.region).item() == pytest.approx(0)


def test_an_offset_is_lost_where_a_neighbour_that_it_is_interpolated_from_means_nothing():
    region = torch.zeros(1, 1, 12, 16, dtype=torch.bool)
    region[..., 4:7, 4:7] = True
    part = Part('offsets', torch.ones(1, 1, 2, 12, 16), region)
    codec = KEYPOINT_CODECS.build(CODECS['cl'])
    moved = part.moved(torch.tensor([MovedBox(1.0, 2.0, 0.0)]), codec, SIZE)
    expected = torch.zeros(12, 16, dtype=torch.bool)
    expected[4:7, 4:6] = True
    assert torch.equal(moved.region[0, 0], expected)
