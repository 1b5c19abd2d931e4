"""Write docs/results*.csv from the tested rows of the study, and fill in the pages from them.

A line of a CSV file stays as it is while the work folder has fewer seeds for it: a study of many
hours may have been run on several machines.

The text of the pages is written by hand. This command writes their tables, between
`<!-- table NAME -->` and `<!-- end -->`, and the figures.
"""

import argparse
import csv
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from comparisons import Line, difference_lines, score_lines
from figures import draw_accuracy, draw_movement
from rows import ROWS
from scores import Seeds, read_row
from tables import ROWS_OF, all_tables

DOCS = Path(__file__).resolve().parents[2] / 'docs'
PAGES = [DOCS / 'results.md', DOCS / 'results_details.md']
SCORES_FILE, DIFFERENCES_FILE = DOCS / 'results.csv', DOCS / 'results_differences.csv'
DEV_FILE = DOCS / 'results_dev.csv'
FIGURES = {'results.png': draw_accuracy, 'results_by_kind.png': draw_movement}


def write_csv(path: Path, lines: Sequence[Line]) -> None:
    """Write lines of the same columns."""
    with path.open('w', newline='') as file:
        writer = csv.DictWriter(file, list(lines[0]), lineterminator='\n')
        writer.writeheader()
        writer.writerows(lines)


def read_csv(path: Path) -> list[dict[str, str]]:
    """Read the lines back; none where there is no file yet."""
    if not path.is_file():
        return []
    with path.open(newline='') as file:
        return list(csv.DictReader(file))


def updated(old: Sequence[Line], new: Sequence[Line], key: Sequence[str]) -> list[Line]:
    """Return the lines of both, the new one where it has no fewer seeds than the old one.

    Args:
        old: Lines of the file as it is.
        new: Lines of what the work folder has.
        key: The columns that name a line.
    """
    lines = {tuple(line[name] for name in key): line for line in old}
    for line in new:
        named = tuple(line[name] for name in key)
        if named not in lines or _seeds(line) >= _seeds(lines[named]):
            lines[named] = line
    return list(lines.values())


def _seeds(line: Line) -> int:
    return sum(map(int, str(line['seeds']).split(' and ')))


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


def _tested(folder: Path, part: str) -> dict[str, Seeds]:
    read = {name: read_row(folder / name, part) for name in ROWS}
    return {name: seeds for name, seeds in read.items() if seeds}


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--work-dir', type=Path, default='work_dirs/experiments')
    parser.add_argument('--text-only', action='store_true', help='fill in from the CSV as it is')
    args = parser.parse_args()
    if not args.text_only:
        dev, test = (_tested(args.work_dir, part) for part in ('dev', 'test'))
        if not dev and not test:
            parser.error(f'--work-dir: no row in {args.work_dir} is tested')
        for path, lines, key in (
            (SCORES_FILE, score_lines(test, 'test'), ['row']),
            (DIFFERENCES_FILE, difference_lines(test), ['row', 'beside', 'score']),
            (DEV_FILE, score_lines(dev, 'dev'), ['row']),
        ):
            write_csv(path, updated(read_csv(path), lines, key))
    scores, differences, dev = map(read_csv, (SCORES_FILE, DIFFERENCES_FILE, DEV_FILE))
    drawn = [line for line in scores if line['row'] in ROWS_OF['advice']]
    for name, draw in FIGURES.items():
        draw(drawn).savefig(DOCS / 'images' / name, dpi=100)
    tables = all_tables(scores, differences, dev)
    for page in PAGES:
        page.write_text(fill(page.read_text(), tables))


if __name__ == '__main__':
    main()
