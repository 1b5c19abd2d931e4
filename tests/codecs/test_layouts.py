import numpy as np
import pytest
import torch
from mmpose.codecs import MSRAHeatmap, UDPHeatmap
from mmpose.models.utils.tta import flip_heatmaps

from mmpose_stable.codecs.layouts import COMPOSITE, PLAIN, UDP_COMBINED, layout_of

FLIP_INDICES = [1, 0, 2]


def maps_of(layout):
    return torch.randn(2, 3 * len(layout.parts), 4, 6)


@pytest.mark.parametrize('layout', [PLAIN, UDP_COMBINED, COMPOSITE])
def test_split_and_join_are_inverse_and_two_flips_restore_the_maps(layout):
    maps = maps_of(layout)
    assert torch.equal(layout.join(*layout.split(maps)), maps)
    assert torch.equal(layout.flip(layout.flip(maps, FLIP_INDICES), FLIP_INDICES), maps)


def test_combined_udp_is_split_as_mmpose_encodes_and_flipped_as_mmpose_flips():
    codec = UDPHeatmap((24, 16), (24, 16), heatmap_type='combined')
    x, y = 5.0, 4.0
    targets = torch.from_numpy(codec.encode(np.array([[[x, y]]]))['heatmaps'])
    assert layout_of(codec) is UDP_COMBINED
    assert UDP_COMBINED.heatmaps(targets)[0, 4, 5] == 1
    to_x, to_y = UDP_COMBINED.offsets(targets)[0] * codec.radius_factor * 24
    torch.testing.assert_close(to_x[3], x - torch.arange(24.0))
    torch.testing.assert_close(to_y[:, 3], y - torch.arange(16.0))
    maps = maps_of(UDP_COMBINED)
    theirs = flip_heatmaps(maps.clone(), FLIP_INDICES, 'udp_combined', shift_heatmap=False)
    assert torch.equal(UDP_COMBINED.flip(maps, FLIP_INDICES), theirs)


def test_codecs_of_one_heatmap_a_keypoint_have_the_plain_layout():
    codecs = [MSRAHeatmap((16, 16), (4, 4), sigma=1), UDPHeatmap((16, 16), (4, 4)), None]
    assert all(layout_of(codec) is PLAIN for codec in codecs)
    assert PLAIN.offsets(maps_of(PLAIN)) is None


def test_channels_and_flip_indices_of_other_models_are_refused_with_what_to_change():
    with pytest.raises(ValueError, match=r'3 channels.*offset_y.*got 41.*head\.decoder'):
        COMPOSITE.split(torch.zeros(1, 41, 4, 4))
    with pytest.raises(ValueError, match='3 keypoints, got 2'):
        COMPOSITE.flip(torch.zeros(1, 9, 2, 2), [1, 0])
