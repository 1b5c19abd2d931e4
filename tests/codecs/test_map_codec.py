"""What holds for both codecs: flips, batches, whom they encode, and which maps they decode."""

import numpy as np
import pytest
import torch
from mmengine.structures import InstanceData
from mmpose.models import TopdownPoseEstimator
from mmpose.registry import KEYPOINT_CODECS, TRANSFORMS

from mmpose_stable.codecs import CompositeLocalization, HDHeatmap

CODECS = {
    'cl': CompositeLocalization((96, 64), 16),
    'cl, fine': CompositeLocalization((96, 64), 4),
    'hd': HDHeatmap((96, 64), (24, 16)),
}
FLIP_INDICES = [1, 0, 2, 4, 3]
every_codec = pytest.mark.parametrize('codec', CODECS.values(), ids=CODECS.keys())


def random_maps(codec, count):
    width, height = codec.heatmap_size
    return torch.rand(count, 5 * len(codec.layout.parts), height, width)


def joined(encoded):
    """Return the maps (C, H, W) of what a codec encoded."""
    return np.concatenate([encoded[key] for key in ('heatmaps', 'offsets') if key in encoded])


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
    'codec',
    [
        *(CompositeLocalization((96, 64), stride) for stride in (4, 16, 32)),
        *(HDHeatmap((64, 64), (64, 64), refine=refine) for refine in ('none', 'centroid')),
        *(HDHeatmap((100, 60), (40, 15), refine=refine) for refine in ('none', 'centroid')),
    ],
)
def test_every_keypoint_inside_comes_back(codec):
    last = np.array(codec.input_size) - 1
    border = [(0, 0), (1, 0), (0, 1), (1, 1), (0.5, 0), (0.5, 1), (0, 0.5), (1, 0.5)]
    inside = np.random.default_rng(0).uniform(0, 1, (200, 2))
    keypoints = (np.concatenate([border, inside]) * last)[None].astype(np.float32)
    encoded = codec.encode(keypoints)
    assert encoded['keypoint_weights'].all()
    decoded, scores = codec.decode(joined(encoded))
    hd = isinstance(codec, HDHeatmap)
    # Of a cell, nothing but its centre is known; offsets are exact.
    bound = codec.stride / 2 if hd else 0
    assert (np.abs(decoded - keypoints) <= bound + 1e-3).all()
    if hd:
        np.testing.assert_allclose(scores, 1, atol=1e-5)


SIZE = {'input_size': (96, 128)}


@pytest.mark.parametrize(
    ('codec', 'bound'),
    [
        ({'type': 'CompositeLocalization', **SIZE, 'sigma': 8}, 1e-3),
        ({'type': 'HDHeatmap', **SIZE, 'heatmap_size': (24, 32), 'refine': 'none'}, 2.0),
    ],
)
def test_keypoints_of_a_photograph_come_back_through_mmposes_crop_and_its_inverse(codec, bound):
    box = np.array([40.0, 30.0, 160.0, 230.0], np.float32)
    keypoints = np.random.default_rng(0).uniform(box[:2] + 5, box[2:] - 5, (1, 9, 2))
    sample = {
        'img': np.zeros((260, 200, 3), np.uint8),
        'bbox': box[None],
        'bbox_score': np.ones(1, np.float32),
        'keypoints': keypoints.astype(np.float32),
        'keypoints_visible': np.ones((1, 9), np.float32),
        'dataset_keypoint_weights': np.ones(9, np.float32),
    }
    for step in (
        {'type': 'GetBBoxCenterScale'},
        {'type': 'TopdownAffine', **SIZE},
        {'type': 'GenerateTarget', 'encoder': codec},
        {'type': 'PackPoseInputs'},
    ):
        sample = TRANSFORMS.build(step)(sample)
    sample = sample['data_samples']
    found, scores = KEYPOINT_CODECS.build(codec).decode(joined(dict(sample.gt_fields.items())))
    model = object.__new__(TopdownPoseEstimator)
    torch.nn.Module.__init__(model)
    model.test_cfg = {}
    predicted = [InstanceData(keypoints=found, keypoint_scores=scores)]
    (done,) = model.add_pred_to_datasample(predicted, None, [sample])
    pixels_an_input_pixel = sample.metainfo['input_scale'] / SIZE['input_size']
    off = np.abs(done.pred_instances.keypoints - keypoints) / pixels_an_input_pixel
    assert off.max() <= bound + 1e-3


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
