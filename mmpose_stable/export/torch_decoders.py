"""MMPose's decoders of maps in tensors, so that they can be part of an exported graph.

They give what ``MSRAHeatmap.decode``, ``UDPHeatmap.decode`` and ``SimCCLabel.decode`` compute in
NumPy and OpenCV.
"""

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from mmpose.codecs import MSRAHeatmap, SimCCLabel, UDPHeatmap
from torch import Tensor

Decoder = Callable[..., tuple[Tensor, Tensor]]

# MMPose's bounds of a heatmap before its logarithm is taken.
LOWEST, HIGHEST = 1e-3, 50.0


def torch_decoder(codec: Any) -> Decoder | None:
    """Return a codec's decoder as a function of tensors; None where there is none.

    Codecs of this package have one themselves, ``peaks``.
    """
    if isinstance(codec, MSRAHeatmap) and not codec.unbiased:
        scale = tuple(np.broadcast_to(codec.scale_factor, 2).tolist())
        return lambda maps: decode_msra(maps, scale)
    if isinstance(codec, UDPHeatmap) and codec.heatmap_type == 'gaussian':
        size, kernel = tuple(codec.input_size), codec.blur_kernel_size
        return lambda maps: decode_udp_gaussian(maps, size, kernel)
    if isinstance(codec, SimCCLabel) and not (codec.use_dark or codec.decode_visibility):
        return lambda in_x, in_y: decode_simcc(in_x, in_y, codec.simcc_split_ratio)
    return getattr(codec, 'peaks', None)


def decode_msra(maps: Tensor, scale: tuple[float, float]) -> tuple[Tensor, Tensor]:
    """Return keypoints (..., K, 2) x, y in input pixels and scores (..., K) of maps (..., K, H, W).

    As ``MSRAHeatmap(unbiased=False)``: the maxima, moved by a quarter of a heatmap pixel towards
    the larger neighbours, but not within a pixel of most borders; (-1, -1) heatmap pixels for a map
    without a positive value. The scale is the size of a heatmap pixel in input pixels.
    """
    height, width = maps.shape[-2:]
    scores, x, y = _maxima(maps)
    move_x = torch.sign(_at(maps, x + 1, y) - _at(maps, x - 1, y))
    move_y = torch.sign(_at(maps, x, y + 1) - _at(maps, x, y - 1))
    # The bounds are MMPose's, one pixel wider on the right and lower side.
    inside_x = (x > 1) & (x < width - 1) & (y > 0)
    inside_y = (y > 1) & (y < height - 1) & (x > 0)
    moved = torch.stack((x + 0.25 * move_x * inside_x, y + 0.25 * move_y * inside_y), -1)
    return _nowhere_if_empty(moved, scores) * maps.new_tensor(scale), scores


def decode_udp_gaussian(
    maps: Tensor, input_size: tuple[int, int], kernel_size: int
) -> tuple[Tensor, Tensor]:
    """Return keypoints (..., K, 2) x, y in input pixels and scores (..., K) of maps (..., K, H, W).

    As ``UDPHeatmap(heatmap_type='gaussian')``: the maxima, refined by a Newton step on the
    logarithm of the blurred map. A map without a positive value gives (-1, -1) heatmap pixels;
    MMPose takes its step with the numbers of the neighbouring maps there.

    Args:
        input_size: Width and height of the network's input in pixels.
        kernel_size: Odd width of the Gaussian blur in heatmap pixels.
    """
    height, width = maps.shape[-2:]
    scores, x, y = _maxima(maps)
    kernel = torch.from_numpy(cv2.getGaussianKernel(kernel_size, 0)).to(maps)[None, None]
    blurred, reach = maps.reshape(-1, 1, height, width), kernel_size // 2
    blurred = F.conv2d(F.conv2d(blurred, kernel, padding=(reach, 0)), kernel.mT, padding=(0, reach))
    blurred = blurred.view_as(maps)
    blurred = blurred * (scores / blurred.amax((-2, -1)))[..., None, None]
    log = blurred.clamp(LOWEST, HIGHEST).log()

    def near(right: int, down: int) -> Tensor:
        return _at(log, x + right, y + down)

    middle, left, right, up, down = near(0, 0), near(-1, 0), near(1, 0), near(0, -1), near(0, 1)
    slope_x, slope_y = (right - left) / 2, (down - up) / 2
    tiny = torch.finfo(torch.float32).eps
    xx, yy = right - 2 * middle + left + tiny, down - 2 * middle + up + tiny
    xy = (near(1, 1) - right - down + 2 * middle - left - up + near(-1, -1)) / 2
    determinant = xx * yy - xy * xy
    step_x = (yy * slope_x - xy * slope_y) / determinant
    step_y = (xx * slope_y - xy * slope_x) / determinant
    refined = _nowhere_if_empty(torch.stack((x - step_x, y - step_y), -1), scores)
    unit = maps.new_tensor((input_size[0] / (width - 1), input_size[1] / (height - 1)))
    return refined * unit, scores


def decode_simcc(in_x: Tensor, in_y: Tensor, split_ratio: float) -> tuple[Tensor, Tensor]:
    """Return keypoints (..., K, 2) x, y in input pixels and scores (..., K), the smaller maxima.

    As ``SimCCLabel(use_dark=False)`` of vectors (..., K, bins) with so many bins in an input pixel:
    (-1, -1) bins where one of the two has no positive value.
    """
    (highest_x, x), (highest_y, y) = in_x.max(-1), in_y.max(-1)
    scores = torch.minimum(highest_x, highest_y)
    bins = torch.stack((x, y), -1).to(in_x.dtype)
    return _nowhere_if_empty(bins, scores) / split_ratio, scores


def _maxima(maps: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return value, column and row of each map's first maximum."""
    width = maps.shape[-1]
    values, index = maps.flatten(-2).max(-1)
    return values, index % width, index // width


def _at(maps: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """Return one value of each map (..., H, W); the border's where (x, y) (...) lies outside."""
    height, width = maps.shape[-2:]
    index = y.clamp(0, height - 1) * width + x.clamp(0, width - 1)
    return maps.flatten(-2).gather(-1, index[..., None]).squeeze(-1)


def _nowhere_if_empty(keypoints: Tensor, scores: Tensor) -> Tensor:
    return torch.where((scores > 0)[..., None], keypoints, torch.full_like(keypoints, -1))
