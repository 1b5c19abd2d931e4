"""Verdicts on what was expected come from the scores."""

import pytest

from mmpose_stable.experiments.expectations import Expectation
from mmpose_stable.experiments.scores import Model

KEY = ('metrics', 'AUC')
AT_LEAST = Expectation('ours is at least base', (('base', KEY), ('ours', KEY)), lambda a, b: b >= a)


def models(**scores):
    return {
        name: Model(name, [], [{'metrics': {'AUC': value}} for value in values])
        for name, values in scores.items()
    }


@pytest.mark.parametrize(
    ('ours', 'outcome'), [([0.6], 'confirmed'), ([0.5], 'confirmed'), ([0.4], 'refuted')]
)
def test_the_scores_decide(ours, outcome):
    verdict = AT_LEAST.verdict(models(base=[0.5], ours=ours))
    assert f'**{outcome}** (base 0.500, ours {ours[0]:.3f}; seeds: 1)' in verdict


def test_the_mean_over_seeds_counts_and_the_fewest_seeds_are_named():
    verdict = AT_LEAST.verdict(models(base=[0.5], ours=[0.4, 0.5]))
    assert '**refuted**' in verdict
    assert 'seeds: 1' in verdict


def test_a_score_of_zero_is_a_score():
    assert '**refuted**' in AT_LEAST.verdict(models(base=[0.5], ours=[0.0]))


@pytest.mark.parametrize('found', [models(base=[0.5]), models(base=[0.5], ours=[])])
def test_without_a_result_the_question_stays_open(found):
    assert AT_LEAST.verdict(found).endswith('*open*, without a result of ours.')
