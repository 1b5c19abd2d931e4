"""What is said of a model before and after."""

import dataclasses

import numpy as np
import pytest
from made_results import CELLS, make_predictions, write_run

from mmpose_stable.robustness.conclusion import PREDICTIONS_FILE
from mmpose_stable.robustness.report import load_runs
from mmpose_stable.stabilize.evaluation import WARNING, agreement, verdict_lines


@pytest.fixture
def runs(tmp_path):
    """One that moves half as much as the other."""
    folders = [write_run(tmp_path / str(s), examples=0, scale=s, maps=False) for s in (1.0, 0.5)]
    return load_runs(folders, ['before', 'after'])


def test_movement_and_accuracy_are_said_with_their_change(runs):
    movement, accuracy = verdict_lines(*runs, 0.97, 'hands')
    assert movement.startswith('Movement: R ')
    assert movement.endswith(', -75%, on hands.')
    assert 'clean AUC ' in accuracy
    assert '(+0.000 [+0.000, +0.000]); perturbed AUC' in accuracy
    assert 'by 0.970 of 1' in accuracy


def test_without_labels_the_accuracy_is_not_known(runs):
    for run in runs:
        for cell in (run.content['clean'], *run.content['cells']):
            cell['auc_box'] = None
    assert 'clean AUC not known; perturbed AUC not known' in verdict_lines(*runs, 1.0, '')[1]


def test_another_model_on_clean_pictures_is_warned_of(runs):
    assert verdict_lines(*runs, 0.84, '')[0] == WARNING
    worse = runs[1].sums.sums['auc_box']
    worse -= 0.1 * runs[1].sums.counts['auc_box']
    assert verdict_lines(*runs, 1.0, '')[0] == WARNING


def test_agreement_is_one_for_equal_predictions_and_falls_with_the_distance(tmp_path):
    table = make_predictions(CELLS, 0, False, 1.0)
    table.save(tmp_path / 'a' / PREDICTIONS_FILE, '')
    assert agreement(tmp_path / 'a', tmp_path / 'a') == 1
    moved = np.array(table.keypoints)
    moved[:, 0] += (0.075 * 60, 0)  # half of the largest threshold, of boxes 60 wide
    dataclasses.replace(table, keypoints=moved).save(tmp_path / 'b' / PREDICTIONS_FILE, '')
    assert agreement(tmp_path / 'a', tmp_path / 'b') == pytest.approx(0.5, abs=0.02)
