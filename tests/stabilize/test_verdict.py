"""The verdict: five lines, and what speaks against the checkpoint before them."""

import dataclasses

import numpy as np
import pytest
from made_results import CELLS, make_predictions

from mmpose_stable.robustness.conclusion import PREDICTIONS_FILE
from mmpose_stable.robustness.files import write_columns
from mmpose_stable.stabilize.evaluation import Change, Evaluation, agreement
from mmpose_stable.stabilize.verdict import LEAST_AGREEMENT, verdict_lines, warnings_of

GOOD = Evaluation(
    'hands',
    Change(40.0, 10.0, (-35.0, -25.0)),
    Change(0.9, 0.899, (-0.004, 0.002)),
    Change(0.8, 0.85, (0.04, 0.06)),
    agreement=0.97,
    jitter=Change(0.004, 0.003),
    without=20.0,
)


def test_five_lines_say_movement_accuracy_jitter_cost_and_place():
    lines = verdict_lines(GOOD, 'one minute', 'here')
    assert [line.split(':')[0] for line in lines] == [
        *('Movement', 'Accuracy', 'Jitter', 'Cost', 'Checkpoint')
    ]
    assert '(-75%, 95 % interval -88% to -62%); -50% beside the same training' in lines[0]
    assert '0.900 before, 0.899 after (-0.001, 95 % interval -0.004 to +0.002)' in lines[1]
    assert '0.400 before, 0.300 after (-25%)' in lines[2]
    assert not warnings_of(GOOD)


@pytest.mark.parametrize(
    ('change', 'said'),
    [
        ({'agreement': LEAST_AGREEMENT - 0.01}, 'Do not use this checkpoint'),
        ({'clean': Change(0.9, 0.8, (-0.15, -0.05))}, 'less accurate on clean pictures'),
        ({'movement': Change(10.0, 11.0)}, 'do not move less'),
        ({'jitter': Change(0.3, 0.4)}, 'shake more on the video'),
    ],
)
def test_what_got_worse_is_said_and_what_to_change(change, said):
    (warning,) = warnings_of(dataclasses.replace(GOOD, **change))
    assert said in warning
    assert '--updates' in warning


def test_without_labels_or_video_the_lines_say_so():
    unknown = Change(None, None)
    found = dataclasses.replace(GOOD, clean=unknown, perturbed=unknown, jitter=None)
    lines = verdict_lines(found, '', '')
    assert 'no labels' in lines[1]
    assert 'not measured' in lines[2]


def test_agreement_is_one_for_equal_predictions_and_falls_with_the_distance(tmp_path):
    table = make_predictions(CELLS, 0, False, 1.0)
    header = {'schema': table.SCHEMA}
    write_columns(tmp_path / 'a' / PREDICTIONS_FILE, header, table.columns())
    assert agreement(tmp_path / 'a', tmp_path / 'a') == 1
    moved = np.array(table.keypoints)
    moved[:, 0] += (0.075 * 60, 0)  # half of the largest threshold, of boxes 60 wide
    columns = {**table.columns(), 'keypoints': moved}
    write_columns(tmp_path / 'b' / PREDICTIONS_FILE, header, columns)
    assert agreement(tmp_path / 'a', tmp_path / 'b') == pytest.approx(0.5, abs=0.02)
