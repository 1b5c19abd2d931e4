"""Clean against perturbed pictures with both predictions, and the heatmaps of both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

from mmpose_stable.robustness.metrics import distances
from mmpose_stable.robustness.report.runs import Run
from mmpose_stable.robustness.report.style import PALETTE, new_figure, shorten

# Shapes as well as colours tell the three apart.
_LABEL = {'marker': 'P', 'color': PALETTE[2], 'label': 'label'}
_CLEAN = {'marker': 'o', 'color': PALETTE[5], 'label': 'prediction, clean'}
_PERTURBED = {'marker': '^', 'color': PALETTE[4], 'label': 'prediction, perturbed'}
_SIDE = 2.6  # inches, the width of one picture


@dataclass(frozen=True)
class Example:
    """One clean picture beside one perturbed copy of it, as a run saw them.

    Attributes:
        clean: (H, W, 3) uint8 RGB.
        perturbed: The same of the copy.
        keypoints_clean: (K, 2) prediction on ``clean``, in its pixels.
        keypoints_perturbed: (K, 2) prediction on ``perturbed``.
        true_keypoints: (K, 2) labels.
        labelled: (K,) which labels are real.
        clean_maps: (K, h, w) heatmaps, each divided by its maximum; None for models without.
        perturbed_maps: The same of the copy.
    """

    clean: np.ndarray
    perturbed: np.ndarray
    keypoints_clean: np.ndarray
    keypoints_perturbed: np.ndarray
    true_keypoints: np.ndarray
    labelled: np.ndarray
    clean_maps: np.ndarray | None = None
    perturbed_maps: np.ndarray | None = None

    @property
    def movement(self) -> np.ndarray:
        """(K,) distance between the two predictions of a keypoint, in input pixels."""
        return distances(self.keypoints_perturbed, self.keypoints_clean)


def example_at(columns: Mapping[str, np.ndarray], at: int) -> Example:
    """Return one row of the columns of ``load_examples``."""
    names = Example.__dataclass_fields__
    return Example(**{name: columns[name][at] for name in names if name in columns})


def common_examples(runs: Sequence[Run]) -> dict[tuple[str, int, str], list[Example]]:
    """Return the pictures that all runs kept, by (kind, severity, sample id), one of each run.

    The order is that of the first run; cells that the runs do not share are left out.
    """
    first, *others = (_examples_of(run) for run in runs)
    return {
        key: [example, *(found[key] for found in others)]
        for key, example in first.items()
        if all(key in found for found in others) and key[:2] in runs[0].cells
    }


def _examples_of(run: Run) -> dict[tuple[str, int, str], Example]:
    if run.examples is None:
        return {}
    keys = (run.examples[name].tolist() for name in ('kind', 'severity', 'sample_id'))
    return {key: example_at(run.examples, at) for at, key in enumerate(zip(*keys, strict=True))}


def draw_example(
    examples: Mapping[str, Example], skeleton: Sequence[tuple[int, int]] = ()
) -> Figure:
    """Draw one example: both pictures and, for models with heatmaps, both maps.

    One run gets its maps below its pictures, several runs a row each.
    """
    several = len(examples) > 1
    has_maps = any(example.clean_maps is not None for example in examples.values())
    columns = 4 if has_maps and several else 2
    rows = len(examples) if several else 1 + has_maps
    height, width = next(iter(examples.values())).clean.shape[:2]
    figure = new_figure(
        columns * _SIDE + 0.1, rows * (_SIDE * height / width + 0.24 + 0.18 * several) + 0.35
    )
    grid = figure.subplots(rows, columns, squeeze=False).reshape(len(examples), -1)
    for row, (name, example) in zip(grid, examples.items(), strict=True):
        draw_run(row, example, f'{shorten(name)}:\n' if several else '', skeleton)
    add_legend(figure, grid[0])
    return figure


def draw_run(
    row: Sequence[Axes],
    example: Example,
    prefix: str,
    skeleton: Sequence[tuple[int, int]] = (),
) -> None:
    """Draw both pictures and, where there are four axes, both maps."""
    links = list(skeleton)
    before, after = example.keypoints_clean, example.keypoints_perturbed
    _draw_picture(row[0], example.clean, f'{prefix}clean')
    _draw_lines(row[0], before[links], _CLEAN['color'])
    if example.labelled.any():
        _draw_points(row[0], example.true_keypoints[example.labelled], _LABEL)
    _draw_points(row[0], before, _CLEAN)
    moved, words = example.movement, 'person not found'
    if not np.isnan(moved).all():
        words = f'moved {np.nanmean(moved):.1f} px on average'
    _draw_picture(row[1], example.perturbed, f'perturbed, {words}')
    _draw_lines(row[1], after[links], _PERTURBED['color'])
    _draw_lines(row[1], np.stack([before, after], 1), 'white')
    _draw_points(row[1], before, _CLEAN)
    _draw_points(row[1], after, _PERTURBED)
    both = ('clean', example.clean_maps), ('perturbed', example.perturbed_maps)
    for axes, (name, maps) in zip(row[2:], both, strict=False):
        if maps is None:
            axes.set_axis_off()
            axes.text(0.5, 0.5, 'no heatmaps', ha='center', va='center')
        else:
            _draw_maps(axes, getattr(example, name), maps, f'heatmaps, {name}')


def _draw_picture(axes: Axes, picture: np.ndarray, title: str) -> None:
    axes.imshow(picture, interpolation='nearest')
    axes.set_title(title, fontsize=9)
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set_visible(False)
    # A prediction may lie outside; the picture keeps its size then.
    axes.set_autoscale_on(False)


def _draw_points(axes: Axes, points: np.ndarray, look: Mapping[str, str]) -> None:
    # Large points of a face would hide it.
    size = 24 if len(points) < 40 else 8
    axes.scatter(*points.T, s=size, linewidths=0.7, edgecolors='black', zorder=3, **look)


def _draw_lines(axes: Axes, ends: np.ndarray, color: str) -> None:
    """Draw lines (L, 2, 2)."""
    # An empty selection of keypoints has no second axis.
    lines = LineCollection(ends.reshape(-1, 2, 2), colors=color, linewidths=1.1, zorder=2)
    lines.set_path_effects([withStroke(linewidth=2.4, foreground='black')])
    axes.add_collection(lines)


def _draw_maps(axes: Axes, picture: np.ndarray, maps: np.ndarray, title: str) -> None:
    """Lay the largest of all keypoints' maps over the picture in grey."""
    grey = picture.astype(np.float64) @ (0.299, 0.587, 0.114)
    _draw_picture(axes, np.repeat(grey[..., None] / 255, 3, -1) * 0.6, title)
    height, width = grey.shape
    extent = (-0.5, width - 0.5, height - 0.5, -0.5)
    strength = np.clip(maps.astype(np.float64).max(0), 0, 1)
    axes.imshow(strength, cmap='inferno', vmin=0, vmax=1, alpha=strength, extent=extent)


def add_legend(figure: Figure, row: Sequence[Axes]) -> None:
    """Put the legend of the first two axes of a row below all axes."""
    found = {}
    for axes in row[:2]:
        handles, labels = axes.get_legend_handles_labels()
        found.update(zip(labels, handles, strict=True))
    figure.legend(
        found.values(),
        found.keys(),
        loc='outside lower center',
        ncols=3,
        frameon=False,
        fontsize=9,
    )
