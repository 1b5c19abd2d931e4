import numpy as np
import pytest
from mmpose.registry import KEYPOINT_CODECS, MODELS

from mmpose_stable.codecs.other_decoder import DECODERS, OtherDecoder, decoder_name

SIZES = {'input_size': (48, 64), 'heatmap_size': (12, 16)}
MSRA = {'type': 'MSRAHeatmap', **SIZES, 'sigma': 1}
UDP = {'type': 'UDPHeatmap', **SIZES, 'sigma': 1}
HD = {'type': 'HDHeatmap', **SIZES}
OWN = {
    'quarter': MSRA,
    'dark': {**MSRA, 'unbiased': True, 'blur_kernel_size': 3},
    'udp': UDP,
    'centroid': HD,
    'argmax': {**HD, 'refine': 'none'},
}


def maps_of(codec, seed=0):
    """Three targets with noise, one map without a positive value."""
    points = np.random.default_rng(seed).uniform((6, 6), (40, 56), (1, 4, 2)).astype(np.float32)
    maps = codec.encode(points, np.ones((1, 4), np.float32))['heatmaps']
    maps = maps + np.random.default_rng(seed).uniform(0, 0.05, maps.shape).astype(np.float32)
    maps[3] = 0
    return maps


@pytest.mark.parametrize('name', OWN)
def test_the_codecs_own_rule_gives_the_codecs_own_keypoints(name):
    config = OWN[name]
    codec = KEYPOINT_CODECS.build(config)
    other = OtherDecoder(config, decoder_name(codec))
    assert decoder_name(other) == {'udp': 'dark'}.get(name, name)
    maps = maps_of(codec)
    for found, expected in zip(other.decode(maps), codec.decode(maps), strict=True):
        np.testing.assert_allclose(found[:, :3], expected[:, :3], atol=1e-4)


@pytest.mark.parametrize('method', DECODERS)
@pytest.mark.parametrize('config', [MSRA, UDP, HD], ids=['msra', 'udp', 'hd'])
def test_every_rule_stays_near_the_maximum_of_each_map(config, method):
    maps = maps_of(KEYPOINT_CODECS.build(config))
    kept = maps.copy()
    found, scores = OtherDecoder(config, method).decode(maps)
    arg_max, own_scores = OtherDecoder(config, 'argmax').decode(maps)
    distance = np.abs(found - arg_max)[0, :3]
    assert (distance <= 4).all()  # a heatmap pixel is four of the input
    assert (distance > 0).any() == (method != 'argmax')
    np.testing.assert_array_equal(scores, own_scores)
    np.testing.assert_array_equal(maps, kept)


def test_models_without_a_map_a_keypoint_are_refused():
    with pytest.raises(ValueError, match=r'one heatmap a keypoint .*got SimCCLabel'):
        OtherDecoder({'type': 'SimCCLabel', 'input_size': (48, 64)}, 'dark')
    assert decoder_name(None) == 'head'


def test_a_head_with_rcc_finds_the_deviation_that_it_needs():
    decoder = {'type': 'OtherDecoder', 'codec': MSRA, 'method': 'dark'}
    head = MODELS.build(
        {'type': 'RCCHead', 'in_channels': 8, 'out_channels': 4, 'decoder': decoder}
    )
    assert head.decoder.sigma == 1
