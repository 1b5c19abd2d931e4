"""The config of the tests before and after, and what they found."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from mmengine.config import Config, ConfigDict
from mmpose.registry import DATASETS

from mmpose_stable.methods import MethodError
from mmpose_stable.robustness.conclusion import PREDICTIONS_FILE
from mmpose_stable.robustness.intervals import Interval
from mmpose_stable.robustness.jitter.record import JSON_FILE
from mmpose_stable.robustness.measures import AUC_BOX, Measure, R, mean_of
from mmpose_stable.robustness.metrics import area_under, distances, share_within
from mmpose_stable.robustness.predictions import load_predictions
from mmpose_stable.robustness.report import Run
from mmpose_stable.robustness.report.verdicts import difference
from mmpose_stable.stabilize.derived import kept_hooks, make_plain, unlabelled_dataset

# A test on this many persons takes minutes on a CPU and tells halves from wholes well.
MOST_TESTED = 200
SEVERITIES = (1, 3, 5)


@dataclass(frozen=True)
class Change:
    """A number before and after.

    Attributes:
        before: The number before; if it is None (not known), so are the others.
        after: The number after.
        interval: 95 % interval of the difference over persons; None for few of them.
    """

    before: float | None
    after: float | None
    interval: Interval | None = None

    @property
    def share(self) -> float | None:
        """The difference as a share of the number before."""
        return (self.after - self.before) / self.before if self.before else None

    @property
    def share_interval(self) -> Interval | None:
        """Its interval, for a number before that is taken as known."""
        if self.interval is None or not self.before:
            return None
        low, high = (end / self.before for end in self.interval)
        return low, high


def evaluation_config(cfg: Config, people: Path | None, most: int) -> tuple[Config, str]:
    """Return a config that tests a user's model, and a description of what it tests on.

    It tests on the config's test data with labelled boxes if the files are there, else on the given
    pictures.

    Args:
        people: COCO file of boxes of the given pictures.
        most: Test at most this many persons, evenly chosen.
    """
    changed = copy.deepcopy(cfg)
    changed.test_cfg = ConfigDict(report=False)
    changed.custom_hooks = kept_hooks(changed)
    make_plain(changed.model)  # --cfg-options may set what the training alone takes
    words = 'the test data of the config'
    loader = changed.test_dataloader
    loader.dataset.pop('bbox_file', None)  # without labels of its own
    length = _length_of(loader.dataset)
    if length is None:
        if people is None:
            raise MethodError(
                '`test_dataloader.dataset` has no file to test on: give its folder as --data-root, '
                'or pictures with --images'
            )
        loader.dataset = unlabelled_dataset(cfg, people, loader.dataset.pipeline)
        loader.dataset.test_mode = True
        words, length = 'the given pictures', _length_of(loader.dataset)
        changed.test_evaluator = []
    if length > most:
        loader.dataset.indices = [int(at) for at in np.linspace(0, length - 1, most)]
        changed.test_evaluator = []  # of a whole data set, COCO's counts who is not predicted
        words = f'{most} samples of {words}'
    return changed, words


def _length_of(dataset: ConfigDict) -> int | None:
    """Return how many samples a configured data set has, None where its files are not there."""
    try:
        return len(DATASETS.build({**dataset, 'pipeline': []}))
    except (OSError, AssertionError):  # an absent file of labels is an AssertionError of MMPose
        return None


def change_of(measure: Measure, before: Run, after: Run, clean: bool = False) -> Change:
    """Return the change of a measure, on clean pictures or averaged over the perturbations."""
    found = difference(before, after, measure, clean)
    return Change(None, None) if None in found.means else Change(*found.means, found.interval)


def agreement(before: Path, after: Path) -> float:
    """Return how well the clean predictions of two runs agree: AUC box with one as the labels.

    Args:
        before: Folder of a run, whose predictions are taken for the truth.
        after: Folder of the other.

    Returns:
        0..1, 1 where all are equal.
    """
    tables = [load_predictions(folder / PREDICTIONS_FILE) for folder in (before, after)]
    apart = distances(*(table.keypoints[:, 0] for table in tables)) / tables[0].box_size[:, None]
    thresholds = np.linspace(0, 0.15, 31)  # as RobustnessMetric's
    return area_under(share_within(apart, np.isfinite(apart), thresholds), thresholds)


@dataclass(frozen=True)
class Evaluation:
    """All that was found.

    Attributes:
        words: A description of the test data.
        movement: R under perturbation.
        clean: AUC box on clean pictures.
        perturbed: AUC box under perturbation.
        agreement: How well the clean predictions agree with those before, see :func:`agreement`.
        jitter: Mean acceleration on the video, raw; None without a video.
        smooth: The same after a one-euro filter.
        without: R of the copy that ``--control`` trained; None without that option.
    """

    words: str
    movement: Change
    clean: Change
    perturbed: Change
    agreement: float
    jitter: Change | None = None
    smooth: Change | None = None
    without: float | None = None


def evaluate(
    words: str, runs: dict[str, Run], folders: dict[str, Path], video: Path | None
) -> Evaluation:
    """Read what the tests before and after found.

    Args:
        words: A description of the test data.
        runs: ``before``, ``after`` and perhaps a plain copy, with equal cells.
        folders: Where each has its files.
        video: Folder of the jitter of both, before first.
    """
    before, after, *third = runs.values()
    of_before, of_after, *_ = folders.values()
    jitter = smooth = None
    if video is not None:
        found = json.loads((video / JSON_FILE).read_text(encoding='utf-8'))['entries']
        means = [entry['mean'] for entry in found]
        jitter, smooth = Change(*means[:2]), Change(*means[2:]) if len(means) > 2 else None
    return Evaluation(
        words,
        change_of(R, before, after),
        change_of(AUC_BOX, before, after, clean=True),
        change_of(AUC_BOX, before, after),
        agreement(of_before, of_after),
        jitter,
        smooth,
        mean_of(R, third[0].content['cells']) if third else None,
    )
