"""What holds for both codecs: flips, batches, whom they encode, and which maps they decode."""

import numpy as np
import pytest
import torch

from mmpose_stable.codecs import CompositeLocalization, HDHeatmap

CODECS = {
    'cl': CompositeLocalization((96, 64), 16),
    'cl, fine': CompositeLocalization((96, 64), 4),
    'hd': HDHeatmap((96, 64), (24, 16)),
    'hd, oblong cells': HDHeatmap((96, 64), (40, 15)),
    'hd, arg-max': HDHeatmap((96, 64), (40, 15), refine='none'),
}
FLIP_INDICES = [1, 0, 2, 4, 3]
every_codec = pytest.mark.parametrize('codec', CODECS.values(), ids=CODECS.keys())


def random_maps(codec, count):
    width, height = codec.heatmap_size
    return torch.rand(count, 5 * len(codec.layout.parts), height, width)


@every_codec
def test_decoding_a_flip_equals_flipping_the_decoded(codec):
    maps = random_maps(codec, 2)
    plain, scores = codec.peaks(maps)
    flipped, flipped_scores = codec.peaks(codec.layout.flip(maps, FLIP_INDICES))
    expected = plain[:, FLIP_INDICES] * torch.tensor([-1.0, 1.0]) + torch.tensor([95.0, 0.0])
    torch.testing.assert_close(flipped, expected, atol=1e-3, rtol=0)
    torch.testing.assert_close(flipped_scores, scores[:, FLIP_INDICES])


@every_codec
@pytest.mark.parametrize('order', [torch.contiguous_format, torch.channels_last])
def test_a_batch_in_any_order_of_memory_decodes_like_its_samples(order, codec):
    maps = random_maps(codec, 4)
    keypoints, scores = codec.batch_decode(maps.to(memory_format=order))
    for index in range(4):
        one, score = codec.decode(maps[index].numpy())
        np.testing.assert_allclose(keypoints[index], one, atol=1e-5)
        np.testing.assert_allclose(scores[index], score, rtol=1e-5)
    assert codec.batch_decode(maps[:0]) == ([], [])


@every_codec
def test_invisible_and_outside_keypoints_have_weight_zero_and_the_inputs_stay(codec):
    keypoints = np.array([[[5, 5], [np.nan, 5], [-0.6, 5], [95.6, 5], [5, 63.4]]], np.float32)
    visible = np.array([[1, 0, 1, 1, 1]], np.float32)
    given = keypoints.copy(), visible.copy()
    encoded = codec.encode(keypoints, visible)
    assert encoded['keypoint_weights'].tolist() == [[1, 0, 0, 0, 1]]
    assert all(np.isfinite(maps).all() for maps in encoded.values())
    assert codec.layout.parts != ('heatmap',) or not encoded['heatmaps'][1:4].any()
    np.testing.assert_array_equal(keypoints, given[0])
    np.testing.assert_array_equal(visible, given[1])
    with pytest.raises(ValueError, match=r'keypoints \[1\].*invisible'):
        codec.encode(keypoints)


@every_codec
def test_other_persons_and_maps_than_one_of_its_size_are_refused(codec):
    with pytest.raises(ValueError, match=r'one person.*\(2, 3, 2\)'):
        codec.encode(np.zeros((2, 3, 2)))
    message = r'head and codec disagree.*\(12, 8\).*takes.*`codec\.heatmap_size`'
    with pytest.raises(ValueError, match=message):
        codec.batch_decode(torch.zeros(1, 3, 8, 12))


@pytest.mark.parametrize(
    ('kind', 'options', 'message'),
    [
        (CompositeLocalization, {'input_size': (100, 96)}, 'multiple of the stride.*codec.input_s'),
        (CompositeLocalization, {'stride': 0}, 'stride=0'),
        (CompositeLocalization, {'voters': 'some'}, r'codec\.voters'),
        (CompositeLocalization, {'sigma': 0}, r'codec\.sigma'),
        (CompositeLocalization, {'threshold': 1.0}, r'codec\.threshold'),
        (HDHeatmap, {'unit': 'cm'}, r'codec\.unit'),
        (HDHeatmap, {'refine': 'dark'}, r'codec\.refine'),
        (HDHeatmap, {'alpha': 1.0}, r'codec\.alpha'),
        (HDHeatmap, {'threshold': -1}, r'codec\.threshold'),
        (HDHeatmap, {'heatmap_size': (0, 4)}, r'codec\.heatmap_size'),
    ],
)
def test_impossible_settings_name_the_config_key(kind, options, message):
    sizes = {'heatmap_size': (24, 24)} if kind is HDHeatmap else {}
    with pytest.raises(ValueError, match=message):
        kind(**{'input_size': (96, 96), **sizes, **options})
