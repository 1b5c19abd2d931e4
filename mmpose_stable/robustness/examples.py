"""A few clean and perturbed pictures with their heatmaps, kept for drawing."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from torch import Tensor

from mmpose_stable.robustness.files import read_columns
from mmpose_stable.robustness.maps import normalised
from mmpose_stable.robustness.predictions import Predictions
from mmpose_stable.robustness.selection import Cell

SCHEMA = 'mmpose_stable.robustness.examples/1'
EXAMPLES_FILE = 'examples.npz'
EXAMPLES = 12


def choose_examples(samples: int, cells: Sequence[Cell], seed: int) -> list[tuple[int, int]]:
    """Choose which (sample index, column) pairs to keep; the choice depends on the arguments alone.

    Kinds take turns, the severest first, and each has one turn at least; samples are drawn without
    repetition as long as there are any.

    Returns:
        At most ``EXAMPLES`` different pairs, or one a kind if there are more kinds; column 0 is the
        clean picture, which is never chosen.
    """
    order = np.random.default_rng(seed).permutation(samples)
    kinds = list(dict.fromkeys(cell.kind for cell in cells))
    severities = sorted({cell.severity for cell in cells}, reverse=True)
    turns = [cells.index((kind, at)) + 1 for at in severities for kind in kinds]
    taken = range(max(EXAMPLES, len(kinds)))
    return list(dict.fromkeys((int(order[at % samples]), turns[at % len(turns)]) for at in taken))


def one_example(
    index: int, column: int, pictures: Sequence[Tensor], maps: Sequence[Tensor | None]
) -> dict[str, np.ndarray]:
    """Return one clean picture beside one perturbed copy, as columns of a table of one row.

    Args:
        index: Position of the sample in the data set.
        column: Column of the copy in the prediction table.
        pictures: The clean and the perturbed picture (3, H, W) uint8 BGR.
        maps: Their heatmaps (K, h, w); None for models without.
    """
    found = {'index': np.int64(index), 'column': np.int64(column)}
    for name, picture, heatmaps in zip(('clean', 'perturbed'), pictures, maps, strict=True):
        found[name] = picture.permute(1, 2, 0).numpy()
        if heatmaps is not None:
            found[f'{name}_maps'] = normalised(heatmaps).nan_to_num(nan=0.0).half().cpu().numpy()
    return {name: np.asarray(value)[None] for name, value in found.items()}


def join_examples(parts: Sequence[Mapping[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """Join tables of examples, of which some may be empty; pictures are padded to one size."""
    parts = [part for part in parts if part]
    return {name: _padded([part[name] for part in parts]) for name in (parts[0] if parts else ())}


def example_columns(
    examples: Mapping[str, np.ndarray], predictions: Predictions
) -> dict[str, np.ndarray]:
    """Join examples with their predictions and labels to the columns of :func:`load_examples`."""
    rows = np.searchsorted(predictions.sample_index, examples['index'])
    # Of a whole picture the best predicted person is shown, whose row is the picture's first.
    shown = slice(None) if predictions.tracked is None else predictions.tracked
    known = np.isin(examples['index'], predictions.sample_index[shown])
    columns, rows = {name: value[known] for name, value in examples.items()}, rows[known]
    columns |= {name: columns[name][..., ::-1] for name in ('clean', 'perturbed')}
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


def _padded(parts: Sequence[np.ndarray]) -> np.ndarray:
    """Join arrays (E, ...), padded at the end of each axis: whole pictures differ in size."""
    largest = np.max([part.shape[1:] for part in parts], axis=0)
    joined = np.zeros((sum(map(len, parts)), *largest.astype(int)), parts[0].dtype)
    at = 0
    for part in parts:
        joined[(slice(at, at + len(part)), *map(slice, part.shape[1:]))] = part
        at += len(part)
    return joined
