"""Kinds and severities as settings name them."""

import pytest

from mmpose_stable.perturbations import HELD_OUT_KINDS
from mmpose_stable.robustness.selection import Cell, select_cells


def test_kinds_come_in_the_order_of_the_table_with_every_severity():
    cells = select_cells('held-out', [5, 1])
    assert cells == tuple(Cell(kind, level) for kind in HELD_OUT_KINDS for level in (1, 5))
    assert len(select_cells('all', '1,2,3,4,5')) == 75
    assert select_cells('snow, contrast', 2) == select_cells(['contrast', 'snow'], (2,))
    assert select_cells('boxes', 1) == (Cell('box_shift', 1), Cell('box_scale', 1))
    assert select_cells('box_scale,fog', 2) == (Cell('fog', 2), Cell('box_scale', 2))


@pytest.mark.parametrize('severities', ['0', '1,6', [7], [2.5], '', 'high', []])
def test_a_severity_outside_of_one_to_five_is_refused(severities):
    with pytest.raises(ValueError, match='severit'):
        select_cells('snow', severities)
