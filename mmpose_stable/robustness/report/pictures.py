"""Clean against perturbed pictures with both predictions, and the heatmaps of both."""

from collections.abc import Mapping, Sequence

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
# One row of the columns of `load_examples`.
Example = Mapping[str, np.ndarray]


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
    return {
        key: {name: column[at] for name, column in run.examples.items()}
        for at, key in enumerate(zip(*keys, strict=True))
    }


def draw_example(
    examples: Mapping[str, Example], skeleton: Sequence[tuple[int, int]] = ()
) -> Figure:
    """Draw one example: both pictures and, for models with heatmaps, both maps.

    One run gets its maps below its pictures, several runs a row each.

    Args:
        examples: By the name of the run.
        skeleton: Pairs of keypoints to join.
    """
    several = len(examples) > 1
    has_maps = any('clean_maps' in example for example in examples.values())
    columns = 4 if has_maps and several else 2
    rows = len(examples) if several else 1 + has_maps
    height, width = next(iter(examples.values()))['clean'].shape[:2]
    figure = new_figure(
        columns * _SIDE + 0.1, rows * (_SIDE * height / width + 0.24 + 0.18 * several) + 0.35
    )
    grid = figure.subplots(rows, columns, squeeze=False).reshape(len(examples), -1)
    for row, (name, example) in zip(grid, examples.items(), strict=True):
        _draw_row(row, example, f'{shorten(name)}:\n' if several else '', list(skeleton))
    shown = {
        label: handle
        for axes in grid[0, :2]
        for handle, label in zip(*axes.get_legend_handles_labels(), strict=True)
    }
    place = {'loc': 'outside lower center', 'ncols': 3, 'frameon': False, 'fontsize': 9}
    figure.legend(shown.values(), shown.keys(), **place)
    return figure


def _draw_row(
    row: Sequence[Axes], example: Example, prefix: str, links: Sequence[tuple[int, int]]
) -> None:
    """Draw both pictures and, where there are four axes, both maps."""
    before, after = example['keypoints_clean'], example['keypoints_perturbed']
    _draw_picture(row[0], example['clean'], f'{prefix}clean')
    _draw_lines(row[0], before[links], _CLEAN['color'])
    if example['labelled'].any():
        _draw_points(row[0], example['true_keypoints'][example['labelled']], _LABEL)
    _draw_points(row[0], before, _CLEAN)
    moved, words = distances(after, before), 'person not found'
    if not np.isnan(moved).all():
        words = f'moved {np.nanmean(moved):.1f} px on average'
    _draw_picture(row[1], example['perturbed'], f'perturbed, {words}')
    _draw_lines(row[1], after[links], _PERTURBED['color'])
    _draw_lines(row[1], np.stack([before, after], 1), 'white')
    _draw_points(row[1], before, _CLEAN)
    _draw_points(row[1], after, _PERTURBED)
    for axes, name in zip(row[2:], ('clean', 'perturbed'), strict=False):
        if f'{name}_maps' in example:
            _draw_maps(axes, example[name], example[f'{name}_maps'], f'heatmaps, {name}')
        else:
            axes.set_axis_off()
            axes.text(0.5, 0.5, 'no heatmaps', ha='center', va='center')


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
