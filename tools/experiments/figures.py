"""The two figures of the study, from the lines of its scores."""

from collections.abc import Mapping, Sequence

import matplotlib

matplotlib.use('Agg')
import matplotlib.pyplot as plt
import numpy as np
from comparisons import DRAWN
from matplotlib.figure import Figure
from scores import FAR
from tables import moved_far

from mmpose_stable.robustness.report.style import legend_above


def draw_accuracy(lines: Sequence[Mapping[str, str]]) -> Figure:
    """Draw clean against perturbed accuracy of the heatmap rows, with their intervals."""
    figure, axes = plt.subplots(figsize=(8, 5.5), layout='constrained')
    for line in lines:
        point = [float(line[key]) for key in DRAWN]
        ends = [[float(line[f'{key}_{end}']) for end in ('low', 'high')] for key in DRAWN]
        arms = [[[at - low], [high - at]] for at, (low, high) in zip(point, ends, strict=True)]
        axes.errorbar(*point, xerr=arms[0], yerr=arms[1], fmt='o', capsize=2, label=line['title'])
    axes.set(xlabel='AUC box, clean pictures', ylabel='AUC box, perturbed pictures')
    axes.legend(fontsize='small')
    axes.grid(alpha=0.3)
    return figure


def draw_movement(lines: Sequence[Mapping[str, str]]) -> Figure:
    """Draw the share of keypoints that moved far, a group of bars for each kind."""
    figure, axes = plt.subplots(figsize=(8, 4), layout='constrained')
    width = 0.8 / len(lines)
    for place, line in enumerate(lines):
        moved = moved_far(line)
        starts = np.arange(len(moved)) + (place - len(lines) / 2 + 0.5) * width
        axes.bar(starts, [100 * share for share in moved.values()], width, label=line['title'])
    axes.set_xticks(range(len(moved)), [kind.replace('_', ' ') for kind in moved])
    axes.set_ylabel(f'moved more than {FAR} px, %')
    legend_above(figure, axes)
    axes.grid(axis='y', alpha=0.3)
    return figure
