import numpy as np
import pytest
import torch
from mmpose.codecs import UDPHeatmap
from mmpose.models.utils.tta import flip_heatmaps

from mmpose_stable.codecs.layouts import COMPOSITE, UDP_COMBINED, layout_of

FLIP_INDICES = [1, 0, 2]


def test_combined_udp_is_split_as_mmpose_encodes_and_flipped_as_mmpose_flips():
    codec = UDPHeatmap((24, 16), (24, 16), heatmap_type='combined')
    x, y = 5.0, 4.0
    targets = torch.from_numpy(codec.encode(np.array([[[x, y]]]))['heatmaps'])
    assert layout_of(codec) is UDP_COMBINED
    assert UDP_COMBINED.heatmaps(targets)[0, 4, 5] == 1
    to_x, to_y = UDP_COMBINED.offsets(targets)[0] * codec.radius_factor * 24
    torch.testing.assert_close(to_x[3], x - torch.arange(24.0))
    torch.testing.assert_close(to_y[:, 3], y - torch.arange(16.0))
    maps = torch.randn(2, 9, 4, 6)
    theirs = flip_heatmaps(maps.clone(), FLIP_INDICES, 'udp_combined', shift_heatmap=False)
    assert torch.equal(UDP_COMBINED.flip(maps, FLIP_INDICES), theirs)


def test_channels_and_flip_indices_of_other_models_are_refused_with_what_to_change():
    with pytest.raises(ValueError, match=r'3 channels.*offset_y.*got 41.*head\.decoder'):
        COMPOSITE.split(torch.zeros(1, 41, 4, 4))
    with pytest.raises(ValueError, match='3 keypoints, got 2'):
        COMPOSITE.flip(torch.zeros(1, 9, 2, 2), [1, 0])
