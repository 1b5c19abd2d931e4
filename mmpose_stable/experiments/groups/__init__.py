"""The tables of the page of results: which scores they show and what is expected of them."""

from __future__ import annotations

from mmpose_stable.experiments.groups.columns import AUCS, BASE, CLNET, EPE, MOVEMENT, RHM, Column
from mmpose_stable.experiments.groups.composite import COMPOSITE
from mmpose_stable.experiments.groups.composite_64px import COMPOSITE_64PX
from mmpose_stable.experiments.groups.group import Group
from mmpose_stable.experiments.groups.stable import STABLE
from mmpose_stable.experiments.groups.stable_64px import STABLE_64PX

__all__ = ['FINDINGS', 'GROUPS', 'Column', 'Group']

GROUPS: dict[str, Group] = COMPOSITE | STABLE | STABLE_64PX | COMPOSITE_64PX
# The table of the README: its group, its models, and what it shows of them.
FINDINGS = ('sign_hands_5000', (BASE, CLNET, RHM), (EPE, *AUCS, *MOVEMENT))
