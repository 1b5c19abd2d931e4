"""Heatmaps of one keypoint beside the pictures they belong to, a row a model."""

from __future__ import annotations

from collections.abc import Mapping

from heatmap_examples import only_keypoint, peak_profile
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mmpose_stable.robustness.report.pictures import Example, add_legend, draw_run
from mmpose_stable.robustness.report.style import PALETTE, new_figure, shorten, tidy

_SIDE = 2.7  # inches


def draw_heatmaps(examples: Mapping[str, Example], keypoint: int, title: str) -> Figure:
    """Draw pictures, both heatmaps of a keypoint, and a cut through their maxima.

    As Figure 5 of stable heatmap regression, with the perturbed picture beside the clean one.

    Args:
        examples: One sample by the model's name.
        keypoint: Index of the keypoint.
        title: Above all rows.
    """
    height, width = next(iter(examples.values())).clean.shape[:2]
    row_height = _SIDE * height / width + 0.5
    figure = new_figure(5.4 * _SIDE, len(examples) * row_height + 0.8)
    panels = figure.subplots(
        len(examples), 5, squeeze=False, gridspec_kw={'width_ratios': (1, 1, 1, 1, 1.3)}
    )
    for row, (name, example) in zip(panels, examples.items(), strict=True):
        single = only_keypoint(example, keypoint)
        draw_run(row[:4], single, f'{shorten(name)}:\n')
        row[1].set_title(f'perturbed, moved {single.movement:.1f} px', fontsize=9)
        if single.clean_maps is not None:
            row[2].set_title('heatmap, clean', fontsize=9)
            row[3].set_title('heatmap, perturbed', fontsize=9)
        _draw_profile(row[4], single)
    figure.suptitle(title, fontsize=11)
    add_legend(figure, panels[0])
    return figure


def _draw_profile(axes: Axes, example: Example) -> None:
    if example.clean_maps is None:
        axes.set_axis_off()
        return
    height, width = example.clean.shape[:2]
    profile = peak_profile(example.clean_maps[0], example.perturbed_maps[0], (width, height))
    axes.plot(profile.position, profile.clean, color=PALETTE[0], label='clean')
    axes.plot(profile.position, profile.perturbed, color=PALETTE[1], ls='--', label='perturbed')
    axes.set_ylim(min(0.0, profile.clean.min(), profile.perturbed.min()), 1.05)
    axes.margins(x=0)
    axes.set_title('heatmap / its maximum, along both maxima', fontsize=9)
    axes.set_xlabel('input pixels from the clean maximum', fontsize=8)
    axes.legend(frameon=False, fontsize=8)
    tidy(axes)
