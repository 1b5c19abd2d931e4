"""Which rows of the study are compared in which scores, and the lines of its two CSV files."""

from collections.abc import Mapping

from rows import HEADS, ROWS, SHORT_ROWS
from scores import PRIMARY, SCORES, Seeds, difference

from mmpose_stable.robustness.intervals import verdict
from mmpose_stable.version import __version__

CLEAN, R = 'auc_box_clean', 'r'
DRAWN = (CLEAN, PRIMARY)  # the scores with intervals: along x and along y of the figure
# A row before and after stabilising.
STABILIZED = {
    'base': 'stabilized',
    **{name: f'{name}_stabilized' for name in ('cl', 'cl_hourglass', *HEADS, 'rh')},
    'lsp': 'lsp_stabilized',
}
# A row and the row beside it, and the scores in which they are compared.
COMPARED = {
    ('augment', 'base'): (PRIMARY, CLEAN, R),
    ('m', 'base'): (PRIMARY, CLEAN, R),
    ('m', 'augment'): (PRIMARY,),
    ('rhm', 'base'): (PRIMARY, CLEAN, R),
    ('rhm', 'augment'): (PRIMARY, R),
    ('rhm', 'm'): (PRIMARY, R),
    ('rhm', 'stabilized'): (R,),
    ('rhm_tuned', 'base'): (PRIMARY, CLEAN, R),
    ('rhm_tuned', 'rhm'): (PRIMARY, CLEAN, R),
    ('augment_tuned', 'augment'): (PRIMARY, CLEAN, R),
    ('rhm_tuned', 'augment_tuned'): (PRIMARY, CLEAN, R),
    ('stabilized', 'augment_tuned'): (PRIMARY, CLEAN, R),
    ('rhm_tuned', 'stabilized'): (PRIMARY, CLEAN, R),
    ('augment_longer', 'augment'): (PRIMARY, CLEAN, R),
    ('stabilized', 'augment_longer'): (PRIMARY, CLEAN, R),
    ('augment_continued', 'base'): (PRIMARY, CLEAN, R),
    ('stabilized', 'augment_continued'): (PRIMARY, CLEAN, R),
    ('m_continued', 'base'): (PRIMARY, CLEAN, R),
    ('stabilized', 'm_continued'): (PRIMARY, CLEAN, R),
    ('rhm_continued', 'rhm'): (PRIMARY, CLEAN, R),
    ('rhm_continued', 'base'): (PRIMARY, CLEAN, R),
    ('rhm_continued', 'stabilized'): (PRIMARY, CLEAN, R),
    ('two_views', 'augment'): (PRIMARY,),
    ('m_all', 'two_views'): (PRIMARY, CLEAN, R),
    ('m_all', 'm'): (PRIMARY, CLEAN, R),
    ('rhm_all', 'two_views'): (PRIMARY, R),
    ('two_views_stabilized', 'two_views'): (PRIMARY, CLEAN, R),
    ('longer', 'base'): (CLEAN, R),
    ('stabilized', 'base'): (PRIMARY, CLEAN, R),
    ('stabilized', 'longer'): (PRIMARY, R),
    ('stabilized', 'augment'): (PRIMARY, CLEAN),
    ('stabilized', 'm'): (PRIMARY, CLEAN),
    ('stabilized', 'two_views'): (PRIMARY, CLEAN, R),
    ('stabilized_dev', 'base'): (PRIMARY, CLEAN, R),
    ('stabilized_dev', 'stabilized'): (PRIMARY,),
    ('stabilized_labels', 'stabilized'): (PRIMARY, CLEAN),
    ('stabilized_1600', 'stabilized'): (PRIMARY, CLEAN, R),
    ('augment_stabilized', 'augment'): (PRIMARY,),
    ('rh', 'base'): (PRIMARY, CLEAN),
    ('rh_stabilized', 'rhm'): (PRIMARY, CLEAN, R),
    ('cl', 'base'): (CLEAN,),
    ('cl_union', 'cl'): (CLEAN,),
    ('cl_m', 'cl'): (PRIMARY, CLEAN, R),
    ('cl_m', 'cl_stabilized'): (PRIMARY, R),
    ('lsp_augment', 'lsp'): (PRIMARY, CLEAN, R),
    ('lsp_rhm', 'lsp'): (PRIMARY, CLEAN, R),
    ('lsp_stabilized', 'lsp_augment'): (PRIMARY, CLEAN, R),
    ('lsp_stabilized', 'lsp_rhm'): (R,),
    ('lsp_rhm_continued', 'lsp'): (PRIMARY, CLEAN, R),
    ('lsp_stabilized', 'lsp_rhm_continued'): (PRIMARY, CLEAN, R),
}
CLAIMS = [(*pair, score) for pair, scores in COMPARED.items() for score in scores]
# The whole method of the paper beside each other one, after the short training.
OF_METHODS = [
    ('rhm_short', f'{name}_short', score)
    for name in SHORT_ROWS
    if name != 'rhm'
    for score in (R, PRIMARY)
]
OF_HEADS = [
    (after, before, score) for before, after in STABILIZED.items() for score in (PRIMARY, R, CLEAN)
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
                'persons': len(seeds.sums[0]['person']),
                'version': __version__,
                **{key: f'{seeds.mean(score):.6g}' for key, score in SCORES.items()},
                **_ends(seeds),
                **{f'moved_{kind}': f'{share:.6g}' for kind, share in seeds.moved_far.items()},
            }
        )
    return lines


def _ends(seeds: Seeds) -> Line:
    """Return the ends of the intervals that figure and tables show."""
    ends = {}
    for key in DRAWN:
        low, high = seeds.interval(SCORES[key]) or ('', '')
        ends.update({f'{key}_low': low and f'{low:.6g}', f'{key}_high': high and f'{high:.6g}'})
    return ends


def difference_lines(found: Mapping[str, Seeds]) -> list[Line]:
    """Return one line for each two tested rows that are compared, with the 95 % interval."""
    lines = []
    for first, second, score in dict.fromkeys(CLAIMS + OF_METHODS + OF_HEADS):
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
