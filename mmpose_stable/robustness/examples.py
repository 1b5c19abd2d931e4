"""A few clean and perturbed pictures with their heatmaps, kept for drawing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from torch import Tensor

from mmpose_stable.robustness.files import read_columns, write_columns
from mmpose_stable.robustness.maps import normalised
from mmpose_stable.robustness.predictions import Predictions
from mmpose_stable.robustness.selection import Cell

SCHEMA = 'mmpose_stable.robustness.examples/1'
EXAMPLES_FILE = 'examples.npz'


class ExampleRecord(NamedTuple):
    """One clean picture beside one perturbed copy.

    Attributes:
        index: Position of the sample in the data set.
        column: Column of the copy in the prediction table.
        clean: (H, W, 3) uint8, channels as the pipeline gives them.
        perturbed: The same of the copy.
        clean_maps: (K, h, w) float16 heatmaps divided by their maximum; None for models without.
        perturbed_maps: The same of the copy.
    """

    index: int
    column: int
    clean: np.ndarray
    perturbed: np.ndarray
    clean_maps: np.ndarray | None
    perturbed_maps: np.ndarray | None

    @classmethod
    def from_tensors(
        cls,
        index: int,
        column: int,
        clean: Tensor,
        perturbed: Tensor,
        clean_maps: Tensor | None,
        perturbed_maps: Tensor | None,
    ) -> ExampleRecord:
        """Take pictures (3, H, W) uint8 and heatmaps (K, h, w)."""
        return cls(
            index,
            column,
            clean.permute(1, 2, 0).numpy(),
            perturbed.permute(1, 2, 0).numpy(),
            _small(clean_maps),
            _small(perturbed_maps),
        )


def choose_examples(
    samples: int, cells: Sequence[Cell], seed: int, count: int
) -> list[tuple[int, int]]:
    """Choose which (sample index, column) pairs to keep.

    Kinds take turns, the severest first, and each has one turn at least; samples are drawn without
    repetition as long as there are any. The choice depends on the arguments alone.

    Returns:
        At most ``count`` different pairs, or one a kind if there are more kinds; columns count
        from 1, column 0 is the clean picture.
    """
    generator = np.random.default_rng(seed)
    order = generator.permutation(samples)
    kinds = list(dict.fromkeys(cell.kind for cell in cells))
    severities = sorted({cell.severity for cell in cells}, reverse=True)
    turns = [Cell(kind, severity) for severity in severities for kind in kinds]
    column = {cell: at for at, cell in enumerate(cells, start=1)}
    turns_taken = range(max(count, len(kinds)))
    pairs = [(int(order[at % samples]), column[turns[at % len(turns)]]) for at in turns_taken]
    return list(dict.fromkeys(pairs))


def pack_examples(examples: Sequence[ExampleRecord]) -> dict[str, np.ndarray]:
    """Return the records as columns; nothing for no record."""
    if not examples:
        return {}
    columns = zip(*examples, strict=True)
    named = zip(ExampleRecord._fields, columns, strict=True)
    return {
        name: _joined([np.asarray(value)[None] for value in values])
        for name, values in named
        if values[0] is not None
    }


def write_examples(
    path: Path,
    fingerprint: str,
    parts: Sequence[dict[str, np.ndarray]],
    predictions: Predictions,
    channel_order: str,
) -> None:
    """Write ``examples.npz``: the columns of :func:`load_examples`."""
    columns = example_columns(parts, predictions, channel_order)
    write_columns(path, {'schema': SCHEMA, 'fingerprint': fingerprint}, columns)


def example_columns(
    parts: Sequence[dict[str, np.ndarray]], predictions: Predictions, channel_order: str
) -> dict[str, np.ndarray]:
    """Join records with their predictions and labels to the columns of :func:`load_examples`."""
    parts = [part for part in parts if part]
    columns = {name: _joined([part[name] for part in parts]) for name in parts[0]}
    rows = np.searchsorted(predictions.sample_index, columns['index'])
    # Of a whole picture the best predicted person is shown, whose row is the picture's first.
    shown = slice(None) if predictions.tracked is None else predictions.tracked
    known = np.isin(columns['index'], predictions.sample_index[shown])
    columns, rows = {name: value[known] for name, value in columns.items()}, rows[known]
    if channel_order == 'bgr':
        for name in ('clean', 'perturbed'):
            columns[name] = columns[name][..., ::-1]
    column = columns.pop('column')
    keypoints = predictions.in_input(predictions.keypoints)
    return {
        **columns,
        'kind': predictions.kind[column],
        'severity': predictions.severity[column],
        'sample_id': predictions.sample_id[rows],
        'image_id': predictions.image_id[rows],
        'keypoints_clean': keypoints[rows, 0],
        'keypoints_perturbed': keypoints[rows, column],
        'true_keypoints': predictions.in_input(predictions.true_keypoints)[rows],
        'labelled': predictions.labelled[rows],
    }


def load_examples(path: Path) -> dict[str, np.ndarray]:
    """Read ``examples.npz``.

    Returns:
        E examples as columns: ``index``, ``sample_id``, ``image_id``, ``kind``, ``severity`` (E,);
        ``clean``, ``perturbed`` (E, H, W, 3) uint8 RGB; ``keypoints_clean``,
        ``keypoints_perturbed``, ``true_keypoints`` (E, K, 2) in input pixels; ``labelled`` (E, K);
        and for models with heatmaps ``clean_maps``, ``perturbed_maps`` (E, K, h, w) float16,
        divided by their maximum.
    """
    return read_columns(path, SCHEMA)[1]


def _small(maps: Tensor | None) -> np.ndarray | None:
    if maps is None:
        return None
    return normalised(maps).nan_to_num(nan=0.0).half().cpu().numpy()


def _joined(parts: Sequence[np.ndarray]) -> np.ndarray:
    """Join arrays (E, H, W, ...), padded at the bottom and right: whole pictures differ in size."""
    largest = np.max([part.shape[1:3] for part in parts], axis=0)
    padded = [
        np.pad(
            part,
            [(0, 0), *((0, to - side) for side, to in zip(part.shape[1:3], largest, strict=True))]
            + [(0, 0)] * (part.ndim - 1 - len(largest)),
        )
        for part in parts
    ]
    return np.concatenate(padded)
