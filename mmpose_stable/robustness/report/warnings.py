"""What makes a small movement worth nothing, said before any number."""

from __future__ import annotations

from collections.abc import Sequence

from mmpose_stable.robustness.measures import AUC_BOX, VARIETY, R, mean_of
from mmpose_stable.robustness.report.runs import Run

# Below this share of the labels' variation a model is taken to predict the same everywhere.
LEAST_VARIETY = 0.1
# The most stable run needs this share of the best run's AUC box on clean pictures.
LEAST_ACCURACY = 0.8


def untrustworthy(runs: Sequence[Run]) -> dict[int, str]:
    """Return the position of each run whose small movement means nothing, and a sentence why.

    A run whose predictions hardly vary from picture to picture is one; so is any that moves less
    than the most accurate run but has less than ``LEAST_ACCURACY`` of its AUC box.
    """
    said = {}
    accuracy = [AUC_BOX.read(run.content['clean']) for run in runs]
    moved = [mean_of(R, run.content['cells']) for run in runs]
    known = [at for at, value in enumerate(accuracy) if value is not None]
    best = max(known, key=lambda at: accuracy[at], default=None)
    for at, run in enumerate(runs):
        variety = VARIETY.read(run.content['clean'])
        if variety is not None and variety < LEAST_VARIETY:
            said[at] = (
                f'{run.name} predicts nearly the same for every picture: its keypoints vary '
                f'{variety:.1%} as much as the labels do. Its small movement does not mean that it '
                'is stable.'
            )
        elif (
            at in known
            and accuracy[at] < LEAST_ACCURACY * accuracy[best]
            and None not in (moved[at], moved[best])
            and moved[at] < moved[best]
        ):
            said[at] = (
                f'{run.name} moves less than {runs[best].name} but is much less accurate (AUC in '
                f'shares of the box {accuracy[at]:.3f} and {accuracy[best]:.3f} on clean '
                'pictures). Do not choose it for its small movement.'
            )
    return said
