"""The page of results, rendered from saved result files only."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from mmpose_stable.experiments.plan import Run, read_result
from mmpose_stable.files import whole_file, write_text

HEADER = """# Results measured here

Rendered by `make experiments` from the files in `docs/results/`, one for each row of
`configs/experiments/plan.yml`. No number on this page is typed by hand, and none is taken from a
paper. One seed each: differences of a point or two mean nothing.
"""

# A metric of a table: where it stands in a result, its heading, digits.
Column = tuple[tuple[str, ...], str, int]

CLEAN = ('robustness', 'clean')
MEAN = ('robustness', 'overall')
ROBUSTNESS: list[Column] = [
    (('metrics', 'AUC'), 'AUC clean', 3),
    (('robustness', 'performance', 'AUC', 'mPC'), 'AUC perturbed', 3),
    ((*MEAN, 'ruc_area'), 'RUC', 3),
    ((*MEAN, 'r'), 'R, px²', 0),
    ((*CLEAN, 'spread'), 'D_64', 0),
    ((*CLEAN, 'gap'), 'D(1)(2)', 3),
    ((*MEAN, 'certified_share'), 'certified', 3),
]
ROBUSTNESS_TEXT = (
    'Stable heatmap regression: row-column correlation (R), highly differentiated heatmaps (H), '
    'maximum stability training (M) and the methods that its paper compares with, on one '
    'baseline. Perturbed columns are means over the five held-out kinds at five severities each. '
    'RUC and R count how far the prediction moves from that of the clean picture, in pixels of '
    'the 128-px input. D_64 (squared pixels of the heatmap) and D(1)(2) are of clean heatmaps; '
    "CLNet's have 16 x 16 pixels, the others' 32 x 32, so theirs do not compare with its. "
)

# Group: title, what to know about it, and the metrics of its table.
GROUPS: dict[str, tuple[str, str, list[Column]]] = {
    'overfit': (
        'The whole chain, by memorising',
        'A CLNet trained on the labelled persons of a small COCO subset and tested on those same '
        'images, with labelled boxes and flip test. It shows that encoder, network, loss, decoder, '
        'flip and evaluation fit together; it says nothing about new images. The saved '
        'run was stopped after 1,600 updates and resumed with a second cycle of the rate.',
        [
            (('metrics', 'coco/AP'), 'AP', 3),
            (('metrics', 'coco/AP .5'), 'AP .5', 3),
            (('metrics', 'coco/AR'), 'AR', 3),
        ],
    ),
    'sign_hands': (
        'Composite localization beside SimpleBaseline, photographs of hands',
        'Sign Language Digits, from scratch, with the same input size, augmentation, schedule and '
        'seed. Its labels come from MediaPipe: the scores are agreement with MediaPipe, not '
        'accuracy. AUC over 0 to 30 px of the photographs; EPE in their pixels.',
        [
            (('metrics', 'AUC'), 'AUC', 3),
            (('metrics', 'PCK'), 'PCK@0.1 of the box', 3),
            (('metrics', 'EPE'), 'EPE', 2),
        ],
    ),
    'lsp': (
        'Composite localization beside SimpleBaseline, people in sports',
        'The subset of LSP-extended with all joints labelled, from scratch, with the same input '
        'size, augmentation, schedule and seed. Its labels are noisy clicks, the schedule is short '
        'and both models are weak. CLNet is behind at every validation: here the expectation that '
        'it is at least as accurate as SimpleBaseline is refuted, by one seed. On '
        'photographs of hands, with fewer updates, it is ahead (above). CLNet under all 15 '
        'kinds at all severities: [table](results/robustness_lsp/cl_resnet18.txt).',
        [(('metrics', 'torso/PCK'), 'PCK@0.2 of the torso', 3)],
    ),
    'stable_sign_hands': (
        'Stability under perturbations, photographs of hands',
        f'{ROBUSTNESS_TEXT}Labels are those of MediaPipe: AUC is agreement with it. Every cell of '
        'three of the runs, and what `tools/compare.py` printed and drew of them: '
        '[robustness_sign_hands](results/robustness_sign_hands).',
        ROBUSTNESS,
    ),
    'stable_synth_hand': (
        'Stability under perturbations, rendered hands',
        f'{ROBUSTNESS_TEXT}Rendered hands have exact labels.',
        ROBUSTNESS,
    ),
}


def lookup(result: dict[str, Any], path: tuple[str, ...]) -> float | None:
    """Return what stands at a path of keys, or None where there is nothing."""
    value: Any = result
    for key in path:
        if not isinstance(value, dict) or key not in value:
            return None
        value = value[key]
    return value


def render(plan: list[Run], results: Path, page: Path) -> None:
    """Write the page and its figures.

    Args:
        plan: The rows; those without a result file are listed as planned.
        results: Folder of the result files; figures go there too.
        page: Markdown file to write.
    """
    parts = [HEADER]
    for group, (title, text, metrics) in GROUPS.items():
        runs = [run for run in plan if group in run.groups]
        pairs = [(run, read_result(results, run)) for run in runs]
        parts += [f'## {title}\n', f'{text}\n', table(pairs, metrics)]
        done = [result for _, result in pairs if result is not None]
        if done:
            (*_, key), heading, _ = metrics[0]
            figure = results / f'{group}.png'
            draw_curves(done, key, heading, figure)
            parts.append(f'![{heading} over training]({results.name}/{figure.name})\n')
        commands = '\n'.join(f'python tools/experiments.py --only {run.name}' for run in runs)
        parts.append(f'```bash\n{commands}\n```\n')
    write_text(page, '\n'.join(parts))


def table(pairs: list[tuple[Run, dict[str, Any] | None]], metrics: list[Column]) -> str:
    """Return a Markdown table of one group."""
    headings = ['model', 'seed', *(heading for _, heading, _ in metrics)]
    headings += ['updates × batch', 'parameters, M', 'GMACs', 'images/s, batch 1', 'batch 8']
    lines = ['| ' + ' | '.join(headings) + ' |', '|' + '---|' * len(headings)]
    for run, result in pairs:
        cells = [run.model, str(run.seed)]
        if result is None:
            cells += ['planned'] + [''] * (len(headings) - 3)
        else:
            for path, _, digits in metrics:
                value = lookup(result, path)
                cells.append('–' if value is None else f'{value:.{digits}f}')
            cost = result['cost']
            cells += [
                f'{result["updates"]} × {result["batch_size"]}',
                f'{cost["parameters"] / 1e6:.2f}',
                f'{cost["macs"] / 1e9:.2f}',
                f'{cost["images_per_second"]["1"]:.0f}',
                f'{cost["images_per_second"]["8"]:.0f}',
            ]
        lines.append('| ' + ' | '.join(cells) + ' |')
    return '\n'.join(lines) + '\n'


def draw_curves(results: list[dict[str, Any]], key: str, heading: str, path: Path) -> None:
    """Draw a metric over the updates of training, one line a run."""
    figure = Figure(figsize=(6, 3.5), layout='constrained')
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    for result in results:
        points = [(point['step'], point[key]) for point in result['curve'] if key in point]
        axes.plot(*zip(*points, strict=True), marker='o', markersize=3, label=result['model'])
    axes.set(xlabel='updates', ylabel=heading)
    axes.grid(alpha=0.3)
    axes.legend()
    with whole_file(path) as temporary:
        figure.savefig(temporary, dpi=120, format='png')
