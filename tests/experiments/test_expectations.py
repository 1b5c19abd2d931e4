"""Verdicts on what was expected come from the scores."""

from dataclasses import replace

import pytest

from mmpose_stable.experiments.expectations import Expectation
from mmpose_stable.experiments.scores import Model

KEY = ('metrics', 'AUC')
AT_LEAST = Expectation('ours is at least base', (('base', KEY), ('ours', KEY)), lambda a, b: b >= a)


def models(**scores):
    return {
        name: Model(
            name,
            [],
            [{'seed': seed, 'metrics': {'AUC': value}} for seed, value in enumerate(values)],
        )
        for name, values in scores.items()
    }


@pytest.mark.parametrize(
    ('ours', 'outcome'), [([0.6], 'confirmed'), ([0.5], 'confirmed'), ([0.4], 'refuted')]
)
def test_the_scores_decide(ours, outcome):
    verdict = AT_LEAST.verdict(models(base=[0.5], ours=ours))
    assert verdict.outcome == outcome
    assert f'**{outcome}** (base 0.500, ours {ours[0]:.3f}; one seed)' in verdict.line


def test_the_mean_over_seeds_decides_and_the_seeds_that_agree_are_counted():
    verdict = AT_LEAST.verdict(models(base=[0.5, 0.5, 0.5], ours=[0.3, 0.5, 0.6])).line
    assert '**refuted**' in verdict
    assert '; holds with 2 of 3 seeds)' in verdict


def test_seeds_are_paired_by_their_number_and_those_of_one_model_do_not_count():
    found = models(base=[0.1, 0.9, 0.3], ours=[0.2, 0.5, 0.4])
    del found['ours'].results[1]
    verdict = AT_LEAST.verdict(found).line
    assert '**confirmed** (base 0.200, ours 0.300; holds with 2 of 2 seeds)' in verdict


def test_without_a_seed_in_common_the_question_stays_open():
    found = models(base=[0.1, 0.2], ours=[0.2, 0.3])
    del found['base'].results[1], found['ours'].results[0]
    assert AT_LEAST.verdict(found).line.endswith(
        '*open*, no seed is finished for all of its models.'
    )


def test_where_one_model_has_one_seed_the_verdict_is_of_that_seed_and_says_so():
    verdict = AT_LEAST.verdict(models(base=[0.5], ours=[0.4, 0.9])).line
    assert '**refuted** (base 0.500, ours 0.400; seed 0, the only one that all have)' in verdict


def test_two_scores_of_one_model_are_two_scores():
    both = Expectation('a', (('ours', KEY), ('ours', ('metrics', 'PCK'))), lambda a, b: a > b)
    result = {'seed': 0, 'metrics': {'AUC': 0.5, 'PCK': 0.4}}
    assert '**confirmed**' in both.verdict({'ours': Model('ours', [], [result])}).line


def test_a_score_of_zero_is_a_score():
    assert '**refuted**' in AT_LEAST.verdict(models(base=[0.5], ours=[0.0])).line


@pytest.mark.parametrize('found', [models(base=[0.5]), models(base=[0.5], ours=[])])
def test_without_a_result_the_question_stays_open(found):
    verdict = AT_LEAST.verdict(found).line
    assert verdict.endswith('*open*, without a result of ours; so far base 0.500.')


def test_without_any_result_nothing_is_told():
    assert AT_LEAST.verdict({}).outcome == 'open'
    assert AT_LEAST.verdict({}).line.endswith('*open*, without a result of base, ours.')


@pytest.mark.parametrize(('ours', 'explained'), [([0.6], False), ([0.4], True)])
def test_only_a_refutation_is_explained(ours, explained):
    expected = replace(AT_LEAST, why_not='Too few updates.')
    verdict = expected.verdict(models(base=[0.5], ours=ours)).line
    assert verdict.endswith(' Too few updates.') == explained
