"""The declared layout of composite maps and the frame of their cells."""

import numpy as np
import pytest
import torch

from mmpose_stable.codecs.maps import CompositeLayout, MapGrid


def test_split_and_join_are_inverse():
    maps = torch.randn(2, 9, 4, 5)
    layout = CompositeLayout(3)
    assert torch.equal(layout.join(*layout.split(maps)), maps)


def test_channels_are_heatmaps_then_y_then_x():
    maps = torch.arange(6.0).reshape(1, 6, 1, 1)
    heatmaps, offsets_y, offsets_x = CompositeLayout(2).split(maps)
    assert heatmaps.flatten().tolist() == [0, 1]
    assert offsets_y.flatten().tolist() == [2, 3]
    assert offsets_x.flatten().tolist() == [4, 5]


def test_a_wrong_channel_count_names_the_key_to_change():
    with pytest.raises(ValueError, match=r'51 channels.*got 42.*head.num_keypoints'):
        CompositeLayout(17).split(torch.zeros(1, 42, 4, 4))


def test_two_flips_restore_the_maps():
    maps = torch.randn(2, 9, 4, 6)
    layout = CompositeLayout(3)
    flip_indices = [1, 0, 2]
    assert torch.equal(layout.flip(layout.flip(maps, flip_indices), flip_indices), maps)


def test_a_flip_changes_the_sign_of_x_offsets_only():
    layout = CompositeLayout(1)
    flipped = layout.flip(torch.tensor([1.0, 2.0, 3.0]).reshape(1, 3, 1, 1), [0])
    assert flipped.flatten().tolist() == [1, 2, -3]


def test_flip_indices_of_another_data_set_are_refused():
    with pytest.raises(ValueError, match='3 keypoints, got 2'):
        CompositeLayout(3).flip(torch.zeros(1, 9, 2, 2), [1, 0])


def test_centres_are_the_means_of_the_pixels_of_their_cells():
    grid = MapGrid((96, 64), 16)
    x, y = grid.centres()
    np.testing.assert_allclose(x, np.arange(96).reshape(-1, 16).mean(1))
    np.testing.assert_allclose(y, np.arange(64).reshape(-1, 16).mean(1))


def test_flipped_centres_are_centres():
    x, _ = MapGrid((96, 64), 16).centres()
    np.testing.assert_allclose(np.sort(96 - 1 - x), x)


@pytest.mark.parametrize(('size', 'stride'), [((250, 256), 16), ((256, 250), 16), ((256, 256), 0)])
def test_an_input_size_that_is_no_multiple_of_the_stride_is_refused(size, stride):
    with pytest.raises(ValueError, match=r'multiple of the stride.*codec.input_size'):
        MapGrid(size, stride)
