"""What the tables of the experiments at 64 px have in common, where a training takes minutes."""

from __future__ import annotations

from mmpose_stable.experiments.groups.columns import RUC, Column, R
from mmpose_stable.experiments.groups.group import HANDS, measures

MEASURES_64 = (
    f'{measures(64)}*Of the box* is AUC over 0 to 0.15 of the longer side of the box: 30 px are '
    'half of this input, so it tells good models apart where AUC does not. '
)
COMMON = (
    'At 64 px with maps of 16×16 pixels and 2,000 updates, from scratch: scores to compare within '
    'the tables at 64 px only. '
    f'{MEASURES_64}{HANDS}'
)
PALMS_64 = (
    'Hands with exact labels that show their palm, each seen once in training: of hands from all '
    'sides 2,000 updates teach too little to compare. At 64 px with maps of 16×16 pixels, from '
    f'scratch. {MEASURES_64}'
)
MOVEMENTS = (Column(RUC, 'RUC', 3), Column(R, 'R, px²', 1))
