"""Write docs/results*.csv from the tested rows of the study, and fill in the pages from them.

The text of the pages is written by hand. This command writes their tables, between
`<!-- table NAME -->` and `<!-- end -->`, and the figures.
"""

from __future__ import annotations

import argparse
import csv
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib

matplotlib.use('Agg')
import matplotlib.pyplot as plt
import numpy as np
from rows import HEADS, ROWS
from scores import FAR, PRIMARY, SCORES, Seeds, difference, read_row

from mmpose_stable.robustness.intervals import verdict
from mmpose_stable.version import __version__

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / 'docs' / 'results.md', ROOT / 'docs' / 'results_details.md']
SCORES_FILE = ROOT / 'docs' / 'results.csv'
DIFFERENCES_FILE = ROOT / 'docs' / 'results_differences.csv'
FIGURE = ROOT / 'docs' / 'images' / 'results.png'
FIGURE_OF_KINDS = FIGURE.with_name('results_by_kind.png')
CLEAN = 'auc_box_clean'
DRAWN = (CLEAN, PRIMARY)  # along x, along y
STABILIZED = {
    'base': 'stabilized',
    **{name: f'{name}_stabilized' for name in ('cl', *HEADS, 'rh')},
    'lsp': 'lsp_stabilized',
}
TABLES = {
    'advice': ['base', 'longer', 'augment', 'stabilized', 'augment_stabilized', 'm', 'rhm'],
    'more': [
        'stabilized_dev',
        'stabilized_labels',
        'stabilized_100',
        'stabilized_1600',
        'two_views',
        'm_all',
        'rhm_all',
        *('st_a', 'st_g', 'h', 'hm', 'r', 'at', 'augmix', 'lip', 'pg'),
    ],
    'heads': [name for pair in STABILIZED.items() for name in pair],
}
# A row, the row that it is compared with, and the score.
CLAIMS = [
    ('augment', 'base', PRIMARY),
    ('m', 'augment', PRIMARY),
    ('m_all', 'two_views', PRIMARY),
    ('m_all', 'two_views', 'r'),
    ('rhm_all', 'two_views', PRIMARY),
    ('rhm_all', 'two_views', 'r'),
    ('two_views', 'augment', PRIMARY),
    ('rhm', 'm', PRIMARY),
    ('rhm', 'augment', PRIMARY),
    ('stabilized', 'base', PRIMARY),
    ('stabilized', 'base', 'r'),
    ('stabilized', 'base', CLEAN),
    ('stabilized', 'longer', PRIMARY),
    ('stabilized', 'longer', 'r'),
    ('stabilized', 'augment', PRIMARY),
    ('m_all', 'two_views', CLEAN),
    ('stabilized', 'two_views', PRIMARY),
    ('stabilized', 'two_views', CLEAN),
    ('stabilized', 'two_views', 'r'),
    ('stabilized_dev', 'base', PRIMARY),
    ('stabilized_dev', 'base', 'r'),
    ('stabilized_dev', 'base', CLEAN),
    ('stabilized_dev', 'stabilized', PRIMARY),
    ('stabilized_labels', 'stabilized', PRIMARY),
    ('stabilized_labels', 'stabilized', CLEAN),
    ('stabilized', 'm', PRIMARY),
    ('stabilized', 'm', CLEAN),
    ('augment_stabilized', 'augment', PRIMARY),
    ('augment', 'base', CLEAN),
    ('m', 'base', CLEAN),
    ('rhm', 'base', CLEAN),
    ('cl', 'base', CLEAN),
    ('cl_union', 'cl', CLEAN),
]
OF_HEADS = [
    (after, before, score)
    for before, after in STABILIZED.items()
    for score in (PRIMARY, 'r', CLEAN)
]
Line = Mapping[str, object]


def score_lines(found: Mapping[str, Seeds], part: str) -> list[Line]:
    """Return one line a row: how it was trained, and its scores."""
    lines = []
    for name, seeds in found.items():
        row = ROWS[name]
        lines.append(
            {
                'row': name,
                'title': row.title,
                'config': row.config,
                'method': row.method or '',
                'start': row.start or '',
                'seeds': len(seeds.sums),
                'updates': row.updates,
                'passes': row.cost,
                'part': part,
                'persons': len(seeds.sums[0].persons),
                'version': __version__,
                **{key: f'{seeds.mean(score):.6g}' for key, score in SCORES.items()},
                **_ends(seeds),
                **{f'moved_{kind}': f'{share:.6g}' for kind, share in seeds.moved_far.items()},
            }
        )
    return lines


def _ends(seeds: Seeds) -> Line:
    """Return the ends of the intervals that the figure draws."""
    ends = {}
    for key in DRAWN:
        low, high = seeds.interval(SCORES[key]) or ('', '')
        ends.update({f'{key}_low': low and f'{low:.6g}', f'{key}_high': high and f'{high:.6g}'})
    return ends


def difference_lines(found: Mapping[str, Seeds]) -> list[Line]:
    """Return one line for each two tested rows that are compared, with the 95 % interval."""
    lines = []
    for first, second, score in dict.fromkeys(CLAIMS + OF_HEADS):
        if first in found and second in found:
            a, b = found[first], found[second]
            same = _share_a_start(first, second)
            if same:
                a, b = a.first(len(b.sums)), b.first(len(a.sums))
            means = [row.mean(SCORES[score]) for row in (a, b)]
            ends = difference(a, b, SCORES[score], same_seeds=same)
            lines.append(
                {
                    'row': first,
                    'beside': second,
                    'score': score,
                    'seeds': f'{len(a.sums)} and {len(b.sums)}',
                    'mean': f'{means[0]:.6g}',
                    'mean_beside': f'{means[1]:.6g}',
                    'ratio': f'{means[0] / means[1]:.3f}',
                    'low': f'{ends[0]:.6g}' if ends else '',
                    'high': f'{ends[1]:.6g}' if ends else '',
                    'verdict': verdict(ends),
                }
            )
    return lines


def _share_a_start(first: str, second: str) -> bool:
    """Whether each seed of one row has a seed of the other that goes back to the same weights."""
    starts = [{name, ROWS[name].start} - {None} for name in (first, second)]
    return bool(starts[0] & starts[1])


def write_csv(path: Path, lines: Sequence[Line]) -> None:
    """Write lines of the same columns."""
    with path.open('w', newline='') as file:
        writer = csv.DictWriter(file, list(lines[0]), lineterminator='\n')
        writer.writeheader()
        writer.writerows(lines)


def read_csv(path: Path) -> list[dict[str, str]]:
    """Read the lines back."""
    with path.open(newline='') as file:
        return list(csv.DictReader(file))


def scores_table(lines: Sequence[Mapping[str, str]], names: Sequence[str]) -> str:
    """Return the table of the scores of some rows."""
    by_row = {line['row']: line for line in lines}
    titles = [score.title for score in SCORES.values()]
    cells = [['trained as', 'passes', 'seeds', *titles, 'moved > 10 px']]
    for name in names:
        if name in by_row:
            line = by_row[name]
            scores = [_with_interval(line, key) for key in SCORES]
            moved = f'{np.mean(list(_moved(line).values())):.1%}'
            cells.append([line['title'], line['passes'], line['seeds'], *scores, moved])
    return markdown(cells)


def _with_interval(line: Mapping[str, str], key: str) -> str:
    form = SCORES[key].form
    shown = form.format(float(line[key]))
    ends = [line.get(f'{key}_{end}') for end in ('low', 'high')]
    if not all(ends):
        return shown
    return f'{shown} [{", ".join(form.format(float(end)) for end in ends)}]'


def differences_table(
    lines: Sequence[Mapping[str, str]], wanted: Sequence[tuple[str, str, str]]
) -> str:
    """Return the table of some comparisons that were made."""
    cells = [['this', 'beside', 'score', 'ratio', 'difference, 95 %', 'verdict']]
    found = {(line['row'], line['beside'], line['score']): line for line in lines}
    for key in wanted:
        if key in found:
            line = found[key]
            names = [ROWS[line[role]].title for role in ('row', 'beside')]
            ratio = f'{float(line["ratio"]):.2f}'
            title = SCORES[line['score']].title
            cells.append([*names, title, ratio, _ends_text(line), line['verdict']])
    return markdown(cells)


def pairs_table(
    scores: Sequence[Mapping[str, str]], differences: Sequence[Mapping[str, str]]
) -> str:
    """Return the table of the models that were stabilised, one line each."""
    rows = {line['row']: line for line in scores}
    changes = {(line['row'], line['beside'], line['score']): line for line in differences}
    titles = [f'{SCORES[key].title}, difference, 95 %' for key in DRAWN]
    cells = [['model', 'R, px², before', 'after', 'ratio', *titles]]
    for before, after in STABILIZED.items():
        if after in rows:
            r = changes[after, before, 'r']
            moved = [f'{float(r[key]):.1f}' for key in ('mean_beside', 'mean')]
            ratio = f'{float(r["ratio"]):.2f}'
            ends = [_ends_text(changes[after, before, key]) for key in DRAWN]
            cells.append([rows[before]['title'], *moved, ratio, *ends])
    return markdown(cells)


def _ends_text(line: Mapping[str, str]) -> str:
    digits = SCORES[line['score']].form.replace('{:', '{:+')
    return ' to '.join(digits.format(float(line[end])) for end in ('low', 'high'))


def markdown(cells: Sequence[Sequence[str]]) -> str:
    """Return a table whose first line is its head."""
    head, *body = cells
    return '\n'.join(f'| {" | ".join(line)} |' for line in (head, ['---'] * len(head), *body))


def _moved(line: Mapping[str, str]) -> dict[str, float]:
    """Return the share of keypoints that moved far, for each kind."""
    return {
        key.removeprefix('moved_'): float(share)
        for key, share in line.items()
        if key.startswith('moved_')
    }


def draw_accuracy(lines: Sequence[Mapping[str, str]]) -> None:
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
    figure.savefig(FIGURE, dpi=100)


def draw_movement(lines: Sequence[Mapping[str, str]]) -> None:
    """Draw the share of keypoints that moved far, a group of bars for each kind."""
    figure, axes = plt.subplots(figsize=(8, 4), layout='constrained')
    width = 0.8 / len(lines)
    for place, line in enumerate(lines):
        moved = _moved(line)
        starts = np.arange(len(moved)) + (place - len(lines) / 2 + 0.5) * width
        axes.bar(starts, [100 * share for share in moved.values()], width, label=line['title'])
    axes.set_xticks(range(len(moved)), [kind.replace('_', ' ') for kind in moved])
    axes.set_ylabel(f'moved more than {FAR} px, %')
    axes.legend(fontsize='small')
    axes.grid(axis='y', alpha=0.3)
    figure.savefig(FIGURE_OF_KINDS, dpi=100)


def fill(
    text: str, scores: Sequence[Mapping[str, str]], differences: Sequence[Mapping[str, str]]
) -> str:
    """Return a page with every marked table made anew.

    Raises:
        ValueError: A mark names no table.
    """
    tables = {name: scores_table(scores, names) for name, names in TABLES.items()}
    tables['pairs'] = pairs_table(scores, differences)
    tables['claims'] = differences_table(differences, CLAIMS)

    def table(found: re.Match) -> str:
        if found[1] not in tables:
            raise ValueError(f'no table {found[1]!r}; there are {", ".join(tables)}')
        return f'<!-- table {found[1]} -->\n\n{tables[found[1]]}\n\n<!-- end -->'

    return re.sub(r'<!-- table (\w+) -->.*?<!-- end -->', table, text, flags=re.DOTALL)


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--work-dir', type=Path, default='work_dirs/experiments')
    parser.add_argument('--part', choices=['dev', 'test'], default='test')
    parser.add_argument('--text-only', action='store_true', help='fill in from the CSV as it is')
    args = parser.parse_args()
    if not args.text_only:
        read = {name: read_row(args.work_dir / name, args.part) for name in ROWS}
        found = {name: seeds for name, seeds in read.items() if seeds}
        if not found:
            parser.error(f'--work-dir: no row in {args.work_dir} is tested on {args.part}')
        write_csv(SCORES_FILE, score_lines(found, args.part))
        write_csv(DIFFERENCES_FILE, difference_lines(found))
    scores, differences = read_csv(SCORES_FILE), read_csv(DIFFERENCES_FILE)
    drawn = [line for line in scores if line['row'] in TABLES['advice']]
    draw_accuracy(drawn)
    draw_movement(drawn)
    for page in PAGES:
        page.write_text(fill(page.read_text(), scores, differences))


if __name__ == '__main__':
    main()
