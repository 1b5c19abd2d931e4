"""The config of the tests before and after, and how well their predictions agree."""

import copy
import json
from pathlib import Path

import numpy as np
from mmengine.config import Config, ConfigDict
from mmpose.registry import DATASETS

from mmpose_stable.robustness.metrics import BOX_THRESHOLDS, area_of, distances, mean_over
from mmpose_stable.robustness.predictions import PREDICTIONS_FILE, load_predictions
from mmpose_stable.stabilize.derived import make_plain, unlabelled_dataset

# A test on this many persons takes minutes on a CPU and tells halves from wholes well.
MOST_TESTED = 200


def evaluation_config(cfg: Config, people: Path | None, most: int) -> tuple[Config, str]:
    """Return a config that tests a user's model, and a description of what it tests on.

    It tests on the config's test data with labelled boxes if the files are there, else on the given
    pictures, whose boxes are in the COCO file ``people``. If there are more than ``most`` persons,
    it takes as many, evenly chosen.
    """
    changed = copy.deepcopy(cfg)
    changed.test_cfg = ConfigDict(report=False)
    changed.test_evaluator = changed.get('test_evaluator') or []
    make_plain(changed)
    words = 'the test data of the config'
    loader = changed.test_dataloader
    loader.dataset.pop('sample_ratio_factor', None)  # it draws other samples in every test
    parts = _parts(loader.dataset)
    for part in parts:
        part.pop('bbox_file', None)  # without labels of its own
    lengths = [_length_of(part) for part in parts]
    if None in lengths:
        if people is None:
            raise ValueError(
                '`test_dataloader.dataset` has no file to test on: give its folder as --data-root, '
                'or pictures with --images'
            )
        loader.dataset = unlabelled_dataset(cfg, people, loader.dataset.pipeline)
        loader.dataset.test_mode = True
        words, parts = 'the given pictures', [loader.dataset]
        lengths = [_length_of(loader.dataset)]
        changed.test_evaluator = []
    if sum(lengths) > most:
        chosen, first = np.linspace(0, sum(lengths) - 1, most).astype(int), 0
        for part, length in zip(parts, lengths, strict=True):
            own = chosen[(chosen >= first) & (chosen < first + length)] - first
            # MMEngine cannot serialize a part of which none is chosen.
            part.update(indices=own.tolist(), serialize_data=False)
            first += length
        changed.test_evaluator = []  # of a whole data set, COCO's counts who is not predicted
        words = f'{most} samples of {words}'
    return changed, words


def _parts(dataset: ConfigDict) -> list[ConfigDict]:
    """Return the configured data sets that one combines, or itself."""
    inner = dataset.get('datasets')
    return [part for one in inner for part in _parts(one)] if inner else [dataset]


def _length_of(dataset: ConfigDict) -> int | None:
    """Return how many samples a configured data set has, None where its files are not there."""
    try:
        return len(DATASETS.build({**dataset, 'pipeline': []}))
    except (OSError, AssertionError):  # an absent file of labels is an AssertionError of MMPose
        return None


def agreement(before: Path, after: Path) -> float:
    """Return the AUC box of a run's clean predictions, with those of the run before as labels.

    Args:
        before: Folder of the run whose predictions are taken for the truth.
        after: Folder of the other.

    Returns:
        0..1; 1 where all are equal. A keypoint that became NaN agrees at no threshold.
    """
    table, other = (load_predictions(folder / PREDICTIONS_FILE) for folder in (before, after))
    truth, found = table.keypoints[:, 0], other.keypoints[:, 0]
    apart, known = distances(truth, found) / table.box_size[:, None], np.isfinite(truth).all(-1)
    return mean_over(area_of(apart, BOX_THRESHOLDS), known)


def cost_in_words(folder: Path, training: Config) -> str:
    """Return how long a training took, killed and resumed parts together."""
    logs = sorted(folder.glob('*/vis_data/scalars.json'))
    entries = [json.loads(line) for log in logs for line in log.read_text().splitlines()]
    times = [entry['time'] for entry in entries if 'time' in entry]
    updates, batch = training.train_cfg.max_iters, training.train_dataloader.batch_size
    minutes, seconds = divmod(round(updates * sum(times) / max(len(times), 1)), 60)
    labels = 'with labels' if training.model.get('supervised') == 'all' else 'without labels'
    return (
        f'{updates} updates of {batch} pictures {labels}, {minutes} min {seconds} s; predicting '
        'costs what it did.'
    )
