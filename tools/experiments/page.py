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

from comparisons import Line, difference_lines, score_lines
from figures import draw_accuracy, draw_movement
from rows import ROWS
from scores import read_row
from tables import ROWS_OF, all_tables

DOCS = Path(__file__).resolve().parents[2] / 'docs'
PAGES = [DOCS / 'results.md', DOCS / 'results_details.md']
SCORES_FILE, DIFFERENCES_FILE = DOCS / 'results.csv', DOCS / 'results_differences.csv'
FIGURES = {'results.png': draw_accuracy, 'results_by_kind.png': draw_movement}


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


def fill(text: str, tables: Mapping[str, str]) -> str:
    """Return a page with every marked table made anew.

    Raises:
        ValueError: A mark names no table.
    """

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
    drawn = [line for line in scores if line['row'] in ROWS_OF['advice']]
    for name, draw in FIGURES.items():
        draw(drawn).savefig(DOCS / 'images' / name, dpi=100)
    tables = all_tables(scores, differences)
    for page in PAGES:
        page.write_text(fill(page.read_text(), tables))


if __name__ == '__main__':
    main()
