"""What a model's heatmaps of one keypoint do under a perturbation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from scipy.ndimage import map_coordinates
from torch import nn
from torch.utils.data import Dataset

from mmpose_stable.robustness.chunks import from_text
from mmpose_stable.robustness.examples import example_columns
from mmpose_stable.robustness.maps import exposed_heatmaps
from mmpose_stable.robustness.metrics import distances
from mmpose_stable.robustness.persons import tabulate
from mmpose_stable.robustness.recorder import ChunkRecorder
from mmpose_stable.robustness.report.pictures import Example, example_at
from mmpose_stable.robustness.selection import Cell


class Profile(NamedTuple):
    """Two heatmaps along the line through both of their maxima.

    Attributes:
        position: (n,) distance from the clean maximum in input pixels, negative on the side away
            from the perturbed one.
        clean: (n,) values of the clean heatmap.
        perturbed: (n,) values of the perturbed one.
    """

    position: np.ndarray
    clean: np.ndarray
    perturbed: np.ndarray


def peak_profile(
    clean: np.ndarray, perturbed: np.ndarray, input_size: Sequence[int], count: int = 201
) -> Profile:
    """Cut two heatmaps along the line through both maxima, as far as the map goes.

    Where both maxima are at one place the line is that row of the map.

    Args:
        clean: (h, w) heatmap of the clean picture.
        perturbed: The same of the perturbed one.
        input_size: Width and height of the network's input in pixels.
        count: Number of positions beside the maxima; values between pixels are interpolated
            bilinearly.
    """
    height, width = clean.shape
    start, end = (
        np.array(np.unravel_index(np.argmax(values), values.shape), float)[::-1]
        for values in (clean, perturbed)
    )
    along = end - start if (end != start).any() else np.array([1.0, 0.0])
    # Where the line leaves the map: the nearest border in each direction.
    last = np.array([width - 1, height - 1], float)
    with np.errstate(divide='ignore', invalid='ignore'):
        to_borders = np.stack([-start / along, (last - start) / along])
    to_borders = np.sort(to_borders[:, along != 0], axis=0)
    ends = to_borders[0].max(), to_borders[1].min()
    # The maxima themselves are among the positions.
    reached = [0.0, 1.0] if (end != start).any() else [0.0]
    steps = np.union1d(np.linspace(*ends, count), reached)
    x, y = start[:, None] + along[:, None] * steps
    unit = np.array(input_size) / (width, height)
    return Profile(
        steps * np.linalg.norm(along * unit),
        *(
            map_coordinates(values.astype(np.float64), (y, x), order=1, mode='nearest')
            for values in (clean, perturbed)
        ),
    )


def collect_examples(
    model: nn.Module, dataset: Dataset, indices: Sequence[int], cell: Cell, batch_size: int = 8
) -> list[Example]:
    """Predict test pictures and perturbed copies of them, as a robustness run does.

    Args:
        model: What ``mmpose.apis.init_model`` returns.
        dataset: Its test set with copies by ``cell``, from ``open_test_set``.
        indices: Samples of the test set, different ones.
        cell: The perturbation.
        batch_size: Pictures in a forward pass.

    Returns:
        One example an index, in the order of ``indices``.
    """
    ordered = sorted(set(indices))
    recorder = ChunkRecorder(model, [cell], batch_size, [(index, 1) for index in ordered])
    with exposed_heatmaps(model):
        for index in ordered:
            recorder.add(index, dataset[index])
        chunk = recorder.finish()
    predictions = tabulate(chunk.persons, [from_text(text) for text in chunk.truths])
    columns = example_columns(chunk.examples, predictions)
    rows = columns['index'].tolist()
    return [example_at(columns, rows.index(index)) for index in indices]


def only_keypoint(example: Example, keypoint: int) -> Example:
    """Return an example with one keypoint and its maps; K becomes 1."""
    names = ('keypoints_clean', 'keypoints_perturbed', 'true_keypoints', 'labelled')
    maps = ('clean_maps', 'perturbed_maps')
    kept = slice(keypoint, keypoint + 1)
    return replace(
        example,
        **{name: getattr(example, name)[kept] for name in names},
        **{name: getattr(example, name)[kept] for name in maps if example.clean_maps is not None},
    )


def most_moved(example: Example) -> int:
    """Return the keypoint whose prediction moved most, of the labelled ones where there are any."""
    moved = distances(example.keypoints_perturbed, example.keypoints_clean)
    return int(np.argmax(np.where(example.labelled | ~example.labelled.any(), moved, -1)))
