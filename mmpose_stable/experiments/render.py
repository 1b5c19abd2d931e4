"""The page of results, rendered from saved result files only."""

from __future__ import annotations

from pathlib import Path

from mmpose_stable.experiments.expectations import OUTCOMES
from mmpose_stable.experiments.figures import compare_robustness, draw_curves
from mmpose_stable.experiments.groups import FINDINGS, GROUPS, Column, Group
from mmpose_stable.experiments.marked_text import marks
from mmpose_stable.experiments.plan import Run
from mmpose_stable.experiments.scores import Model, models_of
from mmpose_stable.files import write_text
from mmpose_stable.robustness.files import ResultFileError
from mmpose_stable.robustness.report import NotComparableError

HEADER = """# Results measured here

Rendered by `make experiments` from the files in `docs/results/`, one for each row of
`configs/experiments/plan.yml`. No number in a table or verdict on this page is typed by hand, and
none is taken from a paper; what is said about one is. Of several seeds tables show mean ± standard
deviation; with one seed, differences of a point or two mean nothing, whatever the verdict. Figures,
and the evaluator's tables beside them, are of the first seed. *planned* rows have not been run.

Two scores are called AUC. *AUC clean* and *AUC perturbed* are the evaluator's, over 0 to 30 px of
the network's input; plain *AUC*, also over training, is MMPose's metric on clean pictures: PCK at
20 thresholds from 0 to 28.5 px of the original pictures, so at most 0.95. *images/s* is whole
predictions without flip test on one thread, by processor time, on a processor that is not always
equally fast. `--recost` times all rows in one go, equal networks with equal decoding once; a row
that ran since was timed by itself, when the processor may have been a third faster or slower.

`make experiments` runs what is missing, but for rows whose status in the plan is `later`: they run
when `--only` names them, as does the command below each table. A row that has a result runs again
once its file in `docs/results/` and its folder in `work_dirs/experiments/` are removed, and after
it the rows that test its model. Seeds are of all results of a model; where only some of them have
a score, their number stands behind it. Trainings run in bfloat16 (float16 on a GPU) where the
machine is fast in it; a table of both says which ran in float32.
"""

AT_A_GLANCE = """## At a glance

What the papers lead one to expect, and the tables in which it came true, did not, or cannot be
said yet. Beside each table are the numbers, and what explains a refutation.
"""

OURS = """Choices and ideas of this package, of which the papers say nothing. The weight of M was
chosen by the agreement under these same perturbations of these same pictures: here it can be
refuted, but what confirms it would be other data.
"""

README_MARKS = marks('findings', 'make experiments')


def render(plan: list[Run], results: Path, page: Path) -> None:
    """Write the page and its figures.

    Args:
        plan: The rows; those without a result file are listed as planned.
        results: Folder of the result files; figures go there too.
        page: Markdown file to write.
    """
    models = {name: models_of(plan, name, results) for name in GROUPS}
    shown = {name: group for name, group in GROUPS.items() if models[name]}
    parts = [HEADER]
    for introduction, ours in ((AT_A_GLANCE, False), (OURS, True)):
        parts += [introduction, at_a_glance(shown, models, ours)]
    for name, group in shown.items():
        parts += section(name, group, models[name], results)
    write_text(page, '\n'.join(parts))


def at_a_glance(
    groups: dict[str, Group], models: dict[str, dict[str, Model]], ours: bool = False
) -> str:
    """Return a Markdown table: a row an expectation, whatever the number of tables it is asked of.

    Args:
        groups: The groups of the page by name.
        models: The models of each group by name.
        ours: Take the expectations about choices of this package, not those of the papers.
    """
    found: dict[str, dict[str, list[str]]] = {}
    for name, group in groups.items():
        link = f'[{name.replace("_", " ")}](#{anchor(group.title)})'
        for each in (one for one in group.expected if one.ours == ours):
            places = found.setdefault(each.text, {outcome: [] for outcome in OUTCOMES})
            places[each.verdict(models[name]).outcome].append(link)
    lines = [f'| expected | {" | ".join(OUTCOMES)} |', '|' + '---|' * (1 + len(OUTCOMES))]
    for text, places in found.items():
        cells = [text, *(', '.join(places[outcome]) for outcome in OUTCOMES)]
        lines.append('| ' + ' | '.join(cells) + ' |')
    return '\n'.join(lines) + '\n'


def anchor(heading: str) -> str:
    """Return what GitHub's pages call the place of a heading."""
    kept = (char for char in heading.lower() if char.isalnum() or char in ' -_')
    return ''.join(kept).replace(' ', '-')


def findings(plan: list[Run], results: Path) -> str:
    """Return the README's table: what the main models score under held-out perturbations."""
    group, names, columns = FINDINGS
    models = models_of(plan, group, results)
    return table({name: models[name] for name in names}, columns)


def section(name: str, group: Group, models: dict[str, Model], results: Path) -> list[str]:
    """Return the parts of one group and draw its figures."""
    parts = [f'## {group.title}\n', f'{group.text.rstrip()}\n', table(models, group.columns)]
    if mixed := mixed_precisions(models):
        parts.append(f'{mixed}\n')
    if group.expected:
        parts.append('\n'.join(each.verdict(models).line for each in group.expected) + '\n')
    done = [model for model in models.values() if model.results]
    if any(model.results[0]['curve'] for model in done):
        key, heading = group.curve
        draw_curves(done, key, heading, results / f'{name}.png')
        parts.append(f'![{heading} over training]({results.name}/{name}.png)\n')
    try:
        written = compare_robustness(name, models, results) if group.evaluated else []
    except (NotComparableError, ResultFileError) as error:  # the other tables are as good as before
        written = []
        parts.append(f"No figures of the evaluator's: {error}\n")
    if written:
        text, bars, curves = (f'{results.name}/{file}' for file in written)
        parts.append(f'![R of each kind]({bars})\n\n![RUC]({curves})\n')
        parts.append(
            f'All scores of the evaluator: [{written[0]}]({text}); every cell: '
            f'[{results.name}/robustness]({results.name}/robustness).\n'
        )
    names = [run.name for model in models.values() for run in model.runs]
    parts.append(f'```bash\npython tools/experiments.py --only {" ".join(names)}\n```\n')
    return parts


def mixed_precisions(models: dict[str, Model]) -> str:
    """Return which models were trained in float32, where others of a table were not; else ''."""
    trained = {
        model.name: {result['precision'] for result in model.results if 'precision' in result}
        for model in models.values()
    }
    if len(set().union(*trained.values())) < 2:
        return ''
    named = [
        f'{name} (some seeds)' if len(found) > 1 else name
        for name, found in trained.items()
        if 'float32' in found
    ]
    return f'Trained in float32, the others in mixed precision: {", ".join(named)}.'


def table(models: dict[str, Model], columns: tuple[Column, ...]) -> str:
    """Return a Markdown table, a row a model."""
    headings = ['model', 'seeds', *(column.heading for column in columns)]
    headings += ['updates × batch', 'parameters, M', 'GMACs', 'images/s, batch 1', 'batch 8']
    lines = ['| ' + ' | '.join(headings) + ' |', '|' + '---|' * len(headings)]
    for model in models.values():
        cells = [model.name, ', '.join(str(result['seed']) for result in model.results)]
        if not model.results:
            cells = [model.name, '', 'planned', *[''] * (len(headings) - 3)]
        else:
            cells += [model.show(column.key, column.digits) for column in columns]
            first = model.results[0]
            cells += [
                f'{first["updates"]} × {first["batch_size"]}',
                f'{first["cost"]["parameters"] / 1e6:.2f}',
                f'{first["cost"]["macs"] / 1e9:.2f}',
                f'{first["cost"]["images_per_second"]["1"]:.0f}',
                f'{first["cost"]["images_per_second"]["8"]:.0f}',
            ]
        lines.append('| ' + ' | '.join(cells) + ' |')
    return '\n'.join(lines) + '\n'
