"""The tables of the study as Markdown, from the lines of its two CSV files."""

from collections.abc import Mapping, Sequence

import numpy as np
from comparisons import CLAIMS, DRAWN, OF_METHODS, STABILIZED, R
from rows import ROWS, SHORT_ROWS, TRIED
from scores import SCORES

BODIES = ['lsp', 'lsp_augment', 'lsp_stabilized', 'lsp_rhm', 'lsp_rhm_continued']
# The rows of each table of scores.
ROWS_OF = {
    'advice': [
        'base',
        'longer',
        'augment',
        'm',
        'rhm',
        'stabilized',
        'augment_stabilized',
        'augment_continued',
        'rhm_continued',
    ],
    'more': [
        'stabilized_dev',
        'stabilized_labels',
        'stabilized_100',
        'stabilized_1600',
        'two_views',
        'm_all',
        'rhm_all',
        'augment_tuned',
        'rhm_tuned',
        'augment_longer',
        'm_continued',
        'two_views_stabilized',
    ],
    'bodies': BODIES,
    'short': [f'{name}_short' for name in SHORT_ROWS],
    'heads': [n for pair in STABILIZED.items() for n in pair if n not in BODIES] + ['cl_m'],
}
Lines = Sequence[Mapping[str, str]]


def all_tables(scores: Lines, differences: Lines, dev: Lines) -> dict[str, str]:
    """Return every table by the name that marks its place on a page."""
    return {
        'tries': scores_table(dev, [name for tried in TRIED.values() for name in tried]),
        **{name: scores_table(scores, rows) for name, rows in ROWS_OF.items()},
        'pairs': pairs_table(scores, differences),
        'claims': differences_table(differences, CLAIMS),
        'methods': differences_table(differences, OF_METHODS),
    }


def moved_far(line: Mapping[str, str]) -> dict[str, float]:
    """Return the share of keypoints that moved far, for each kind."""
    return {
        key.removeprefix('moved_'): float(share)
        for key, share in line.items()
        if key.startswith('moved_')
    }


def scores_table(lines: Lines, names: Sequence[str]) -> str:
    """Return the table of the scores of some rows."""
    by_row = {line['row']: line for line in lines}
    titles = [score.title for score in SCORES.values()]
    cells = [['trained as', 'passes', 'seeds', *titles, 'moved > 10 px']]
    for name in names:
        if name in by_row:
            line = by_row[name]
            scores = [_with_interval(line, key) for key in SCORES]
            moved = f'{np.mean(list(moved_far(line).values())):.1%}'
            cells.append([line['title'], line['passes'], line['seeds'], *scores, moved])
    return markdown(cells)


def _with_interval(line: Mapping[str, str], key: str) -> str:
    form = SCORES[key].form
    shown = form.format(float(line[key]))
    ends = [line.get(f'{key}_{end}') for end in ('low', 'high')]
    if not all(ends):
        return shown
    return f'{shown} [{", ".join(form.format(float(end)) for end in ends)}]'


def differences_table(lines: Lines, wanted: Sequence[tuple[str, str, str]]) -> str:
    """Return the table of some comparisons that were made."""
    cells = [['this', 'compared with', 'score', 'ratio', 'difference, 95 %', 'verdict']]
    found = {(line['row'], line['beside'], line['score']): line for line in lines}
    for key in wanted:
        if key in found:
            line = found[key]
            names = [ROWS[line[role]].title for role in ('row', 'beside')]
            ratio = f'{float(line["ratio"]):.2f}'
            title = SCORES[line['score']].title
            cells.append([*names, title, ratio, _ends_text(line), line['verdict']])
    return markdown(cells)


def pairs_table(scores: Lines, differences: Lines) -> str:
    """Return the table of the models that were stabilised, one line each."""
    rows = {line['row']: line for line in scores}
    changes = {(line['row'], line['beside'], line['score']): line for line in differences}
    titles = [f'{SCORES[key].title}, difference, 95 %' for key in DRAWN]
    cells = [['model', 'R, px², before', 'after', 'ratio', *titles]]
    for before, after in STABILIZED.items():
        if after in rows:
            r = changes[after, before, R]
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
