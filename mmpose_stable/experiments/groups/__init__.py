"""The tables of the page of results: which scores they show and what is expected of them."""

from __future__ import annotations

from mmpose_stable.experiments.groups.columns import AUCS, BASE, CLNET, EPE, MOVEMENT, RHM, Column
from mmpose_stable.experiments.groups.composite import COMPOSITE
from mmpose_stable.experiments.groups.group import Group
from mmpose_stable.experiments.groups.small import SMALL
from mmpose_stable.experiments.groups.stable import STABLE

__all__ = ['FINDINGS', 'GROUPS', 'Column', 'Group']

GROUPS: dict[str, Group] = COMPOSITE | STABLE | SMALL
# The table of the README: its group, its models, and what it shows of them.
FINDINGS = ('sign_hands_5000', (BASE, CLNET, RHM), (EPE, *AUCS, *MOVEMENT))
