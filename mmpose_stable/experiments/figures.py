"""Figures of a group of runs: training curves, and the evaluator's own figures of them all."""

from __future__ import annotations

from pathlib import Path

from mmpose_stable.experiments.scores import Model
from mmpose_stable.files import write_text
from mmpose_stable.robustness.measures import R
from mmpose_stable.robustness.report import align, format_comparison, load_runs
from mmpose_stable.robustness.report.figures import bars_by_kind, ruc_curves
from mmpose_stable.robustness.report.style import (
    legend_above,
    new_figure,
    run_style,
    tidy,
    write_png,
)


def draw_curves(models: list[Model], key: str, heading: str, path: Path) -> None:
    """Draw a metric over the updates of training, the first seed of each trained model."""
    figure = new_figure(7.2, 4.4)
    axes = figure.add_subplot()
    names = []
    for at, model in enumerate(models):
        curve = model.results[0]['curve']
        points = [(point['step'], point[key]) for point in curve if key in point]
        if not points:
            continue
        style = {**run_style(at), 'marker': 'o', 'markersize': 3}
        axes.plot(*zip(*points, strict=True), label=model.name, **style)
        names.append(model.name)
    axes.set(xlabel='updates', ylabel=heading)
    axes.grid(alpha=0.3)
    tidy(axes)
    if names:
        legend_above(figure, axes, names)
    write_png(path, figure)


def compare_robustness(group: str, models: dict[str, Model], results: Path) -> list[str]:
    """Write the evaluator's table and figures of the models of a group, the first seed of each.

    Args:
        group: Name of the group, with which the files begin.
        models: Its models by name.
        results: Folder of the result files; those of the evaluator are in ``robustness`` below it.

    Returns:
        Names of the files: table, R by kind, RUC. None where no model was evaluated.

    Raises:
        NotComparableError: The evaluations differ in what they measured.
    """
    # Not those whose result was removed to run again.
    saved = {
        model.name: results / 'robustness' / f'{model.results[0]["name"]}.json'
        for model in models.values()
        if model.results and model.results[0].get('robustness')
    }
    if not saved:
        return []
    runs, notes = align(load_runs(list(saved.values()), list(saved)))
    names = [f'{group}_{part}' for part in ('table.txt', 'r_by_kind.png', 'ruc.png')]
    write_text(results / names[0], format_comparison(runs, notes) + '\n')
    write_png(results / names[1], bars_by_kind(runs, R))
    write_png(results / names[2], ruc_curves(runs))
    return names
