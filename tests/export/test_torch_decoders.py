"""Decoders in tensors give what MMPose's give in NumPy and OpenCV."""

import numpy as np
import pytest
import torch
from mmpose.codecs import MSRAHeatmap, UDPHeatmap

from mmpose_stable.export.torch_decoders import decode_msra, decode_udp_gaussian

INPUT, SIZE = (96, 128), (24, 32)


def bumps(centres, noise=0.0, sigma=2.0):
    """Maps (K, H, W) with a Gaussian at each centre (x, y) of heatmap pixels."""
    x, y = np.arange(SIZE[0]), np.arange(SIZE[1])[:, None]
    maps = [np.exp(-((x - cx) ** 2 + (y - cy) ** 2) / (2 * sigma**2)) for cx, cy in centres]
    jitter = np.random.default_rng(0).uniform(0, noise, (len(maps), *SIZE[::-1]))
    return (np.stack(maps) + jitter).astype(np.float32)


RNG = np.random.default_rng(1)
INSIDE = RNG.uniform((3, 3), (20, 28), (20, 2))
BORDERS = [(x, y) for x in (0, 1, 2, 21, 22, 23) for y in (0, 1, 2, 29, 30, 31)]
CASES = {
    'inside': bumps(INSIDE),
    'at every kind of border': bumps(np.array(BORDERS) + 0.2),
    'outside the map': bumps([(-1.5, 10), (25, 33), (10, -2)]),
    'noisy': bumps(INSIDE, noise=0.5),
    'nothing but noise': bumps([(1e3, 1e3)] * 8, noise=1.0),
    'empty': np.stack([np.zeros(SIZE[::-1]), np.full(SIZE[::-1], -1.0)]).astype(np.float32),
}


@pytest.mark.parametrize('maps', CASES.values(), ids=CASES.keys())
def test_msra_is_that_of_mmpose(maps):
    codec = MSRAHeatmap(INPUT, SIZE, sigma=2)
    expected, scores = codec.decode(maps)
    keypoints, ours = decode_msra(torch.from_numpy(maps)[None], tuple(codec.scale_factor.tolist()))
    np.testing.assert_allclose(keypoints.numpy(), expected, atol=1e-4)
    np.testing.assert_array_equal(ours.numpy(), scores)


# MMPose refines the maximum of an empty map by numbers of other maps.
@pytest.mark.parametrize('case', sorted(CASES.keys() - {'empty'}))
@pytest.mark.parametrize('kernel', [11, 5])
def test_udp_is_that_of_mmpose(case, kernel):
    maps = CASES[case]
    codec = UDPHeatmap(INPUT, SIZE, heatmap_type='gaussian', sigma=2, blur_kernel_size=kernel)
    expected, scores = codec.decode(maps)
    keypoints, ours = decode_udp_gaussian(torch.from_numpy(maps)[None], INPUT, kernel)
    np.testing.assert_allclose(keypoints.numpy(), expected, atol=1e-3)
    np.testing.assert_array_equal(ours.numpy(), scores)
