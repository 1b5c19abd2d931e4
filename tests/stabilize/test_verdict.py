"""The verdict: five lines, and what speaks against the checkpoint before them."""

import pytest
from made_results import write_run

from mmpose_stable.robustness.measures import AUC_BOX, R
from mmpose_stable.robustness.report import load_runs
from mmpose_stable.robustness.report.verdicts import difference
from mmpose_stable.stabilize.verdict import LEAST_AGREEMENT, Findings, verdict_lines, warnings_of


@pytest.fixture
def found(tmp_path):
    """A model that moves half as much as before, and is as accurate."""
    folders = [write_run(tmp_path / str(s), examples=0, scale=s, maps=False) for s in (1.0, 0.5)]
    runs = load_runs(folders, ['before', 'after'])
    differences = [difference(*runs, R), difference(*runs, AUC_BOX, True)]
    return Findings('hands', *differences, difference(*runs, AUC_BOX), agreement=0.97)


def test_five_lines_say_movement_accuracy_jitter_cost_and_place(found):
    control = 2 * found.movement.means[1]
    found = found._replace(jitter=[(0.004, 0.003), (0.0, 0.001)], control=control)
    movement, accuracy, jitter, cost, checkpoint = verdict_lines(found, 'one minute', 'here')
    assert movement.startswith('Movement: R ')
    assert movement.endswith(', −75%; −50% beside the same training without it, on hands.')
    assert '(+0.000 [+0.000, +0.000]); perturbed AUC' in accuracy
    assert '0.400% before, 0.300% after (−25%); with a one-euro filter 0.000% before' in jitter
    assert '0.100% after (unknown)' in jitter
    assert (cost, checkpoint) == ('Cost: one minute', 'Checkpoint: here')
    assert not warnings_of(found)


def test_what_got_worse_is_said_and_what_to_change(found):
    movement = found.movement._replace(means=found.movement.means[::-1])
    lower = found.clean._replace(verdict='lower')
    assert not warnings_of(found._replace(clean=lower._replace(means=(0.9, 0.895))))
    for change, said in (
        ({'agreement': LEAST_AGREEMENT - 0.01}, 'Do not use this checkpoint'),
        ({'clean': lower._replace(means=(0.9, 0.88))}, 'less accurate on clean pictures'),
        ({'movement': movement}, 'do not move less'),
        ({'jitter': [(0.3, 0.4)]}, 'shake more on the video'),
    ):
        (warning,) = warnings_of(found._replace(**change))
        assert said in warning
        assert '--updates' in warning
