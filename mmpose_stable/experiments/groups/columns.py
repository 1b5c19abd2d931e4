"""The scores that tables show, and the models that expectations name."""

from __future__ import annotations

from typing import NamedTuple

from mmpose_stable.experiments.scores import Key
from mmpose_stable.perturbations import HELD_OUT_KINDS


class Column(NamedTuple):
    """A score of a table: where it stands in a result, its heading, digits."""

    key: Key
    heading: str
    digits: int


BASE, RHM, CLNET = 'SimpleBaseline-ResNet18', 'R+H+M', 'CLNet-ResNet18'
RHM_WEIGHT_1 = f'{RHM}, weight 1'
COMPARISONS = ('AT', 'AugMix', 'Lip', 'PG', 'ST_g', 'ST_a')
METHODS = (BASE, *COMPARISONS, RHM)
AUC_CLEAN: Key = ('robustness', 'clean', 'auc')
AUC_PERTURBED: Key = ('robustness', 'overall', 'auc')
RUC: Key = ('robustness', 'overall', 'ruc_area')
R: Key = ('robustness', 'overall', 'r')
D_64: Key = ('robustness', 'clean', 'spread')
D_12: Key = ('robustness', 'clean', 'gap')
PARAMETERS: Key = ('cost', 'parameters')
PCK_TORSO: Key = ('metrics', 'torso/PCK')

AUC = Column(('metrics', 'AUC'), 'AUC', 3)
EPE = Column(('metrics', 'EPE'), 'EPE', 2)
# Of thresholds up to 0.15 of the box, so that inputs of different sizes compare.
AUCS_OF_BOX = (
    Column(('robustness', 'clean', 'auc_box'), 'of the box, clean', 3),
    Column(('robustness', 'overall', 'auc_box'), 'perturbed', 3),
)
AUCS = (Column(AUC_CLEAN, 'AUC clean', 3), Column(AUC_PERTURBED, 'AUC perturbed', 3))
MOVEMENT = (Column(RUC, 'RUC', 3), Column(R, 'R, px²', 0))
MAPS = (Column(D_64, 'D_64', 0), Column(D_12, 'D(1)(2)', 3))
CERTIFIED = Column(('robustness', 'overall', 'certified_share'), 'certified', 3)


def by_kind(score: str, heading: str, digits: int) -> tuple[Column, ...]:
    """Return a column for each held-out kind."""
    return tuple(
        Column(('robustness', 'kinds', kind, score), f'{heading}{kind.replace("_", " ")}', digits)
        for kind in HELD_OUT_KINDS
    )
