"""Write docs/results.csv from the tested rows of the study, and fill in the page from it.

The text of docs/results.md is written by hand. This command writes the tables, between
`<!-- table NAME -->` and `<!-- end -->`, and the figure.
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
from rows import ROWS
from scores import PRIMARY, SCORES, Seeds, difference, read_row

from mmpose_stable.robustness.intervals import verdict
from mmpose_stable.version import __version__

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / 'docs' / 'results.md'
TABLE = ROOT / 'docs' / 'results.csv'
FIGURE = ROOT / 'docs' / 'images' / 'results.png'
TABLES = {
    'advice': ['base', 'augment', 'stabilized', 'rhm', 'augment_stabilized'],
    'methods': list(ROWS),
}


def csv_rows(found: Mapping[str, Seeds], part: str) -> list[dict[str, object]]:
    """Return one line a row: its scores, and how far they are from plain training, as intervals."""
    lines = []
    for name, seeds in found.items():
        row = ROWS[name]
        line: dict[str, object] = {
            'row': name,
            'title': row.title,
            'config': row.config,
            'method': row.method or '',
            'start': row.start or '',
            'seeds': len(seeds.sums),
            'updates': row.updates,
            'passes': row.cost + (ROWS[row.start].cost if row.start else 0),
            'part': part,
            'persons': len(seeds.sums[0].persons),
            'version': __version__,
        }
        for key, score in SCORES.items():
            line[key] = f'{seeds.mean(score):.6g}'
            if name != 'base' and 'base' in found:
                low, high = difference(seeds, found['base'], score) or ('', '')
                line[f'{key}_difference_low'] = f'{low:.6g}'
                line[f'{key}_difference_high'] = f'{high:.6g}'
        line['moved_far'] = f'{seeds.moved_far:.6g}'
        lines.append(line)
    return lines


def write_csv(lines: Sequence[Mapping[str, object]]) -> None:
    """Write the one file that the page is made from."""
    columns = list(dict.fromkeys(column for line in lines for column in line))
    with TABLE.open('w', newline='') as file:
        writer = csv.DictWriter(file, columns, lineterminator='\n')
        writer.writeheader()
        writer.writerows(lines)


def read_csv() -> dict[str, dict[str, str]]:
    """Read the file back, by row."""
    with TABLE.open(newline='') as file:
        return {line['row']: line for line in csv.DictReader(file)}


def markdown(lines: Mapping[str, Mapping[str, str]], names: Sequence[str]) -> str:
    """Return a table of rows, with the verdict on the primary score beside plain training."""
    titles = [score.title for score in SCORES.values()]
    head = ['trained as', 'passes', 'seeds', *titles, 'moved > 10 px', f'{titles[0]}: − plain']
    table = [head, ['---'] * len(head)]
    for name in names:
        if name in lines:
            line = lines[name]
            scores = [score.form.format(float(line[key])) for key, score in SCORES.items()]
            moved = f'{float(line["moved_far"]):.1%}'
            table.append(
                [line['title'], line['passes'], line['seeds'], *scores, moved, _difference(line)]
            )
    return '\n'.join(f'| {" | ".join(cells)} |' for cells in table)


def _difference(line: Mapping[str, str]) -> str:
    low, high = (line.get(f'{PRIMARY}_difference_{end}') for end in ('low', 'high'))
    if not low:
        return ''
    return f'{verdict((float(low), float(high)))} [{float(low):+.3f}, {float(high):+.3f}]'


def draw(lines: Mapping[str, Mapping[str, str]]) -> None:
    """Draw clean against perturbed accuracy, the size of a point by movement."""
    figure, axes = plt.subplots(figsize=(7, 5), layout='constrained')
    for name, line in lines.items():
        x, y = float(line['auc_box_clean']), float(line[PRIMARY])
        axes.scatter(x, y, s=8 * float(line['r']), alpha=0.6)
        axes.annotate(name, (x, y), xytext=(6, 4), textcoords='offset points', fontsize=8)
    axes.set(xlabel='AUC box, clean', ylabel='AUC box, perturbed (area of a point: R)')
    figure.savefig(FIGURE, dpi=120)


def fill(text: str, lines: Mapping[str, Mapping[str, str]]) -> str:
    """Return the page with every marked table made anew.

    Raises:
        ValueError: A mark names no table.
    """

    def table(found: re.Match) -> str:
        if found[1] not in TABLES:
            raise ValueError(f'{PAGE.name}: no table {found[1]!r}; there are {", ".join(TABLES)}')
        return f'<!-- table {found[1]} -->\n{markdown(lines, TABLES[found[1]])}\n<!-- end -->'

    return re.sub(r'<!-- table (\w+) -->.*?<!-- end -->', table, text, flags=re.DOTALL)


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--work-dir', type=Path, default='work_dirs/experiments')
    parser.add_argument('--part', choices=['dev', 'test'], default='test')
    parser.add_argument('--text-only', action='store_true', help='fill in from the CSV as it is')
    args = parser.parse_args()
    if not args.text_only:
        found = {name: read_row(args.work_dir / name, args.part) for name in ROWS}
        write_csv(csv_rows({name: seeds for name, seeds in found.items() if seeds}, args.part))
    lines = read_csv()
    draw(lines)
    PAGE.write_text(fill(PAGE.read_text(), lines))


if __name__ == '__main__':
    main()
