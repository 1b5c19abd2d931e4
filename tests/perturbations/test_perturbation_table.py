import inspect

import numpy as np
import pytest

from mmpose_stable.perturbations import (
    ALL_KINDS,
    HELD_OUT_KINDS,
    TRAINING_KINDS,
    resolve_kinds,
    resolve_severities,
)
from mmpose_stable.perturbations.table import PERTURBATIONS


def test_ten_kinds_are_for_training_and_five_held_out():
    assert TRAINING_KINDS == (
        'brightness',
        'defocus_blur',
        'zoom_blur',
        'frost',
        'contrast',
        'gaussian_noise',
        'glass_blur',
        'motion_blur',
        'shot_noise',
        'snow',
    )
    assert HELD_OUT_KINDS == (
        'gaussian_blur',
        'jpeg_compression',
        'saturate',
        'spatter',
        'speckle_noise',
    )
    assert ALL_KINDS == TRAINING_KINDS + HELD_OUT_KINDS


@pytest.mark.parametrize('kind', ALL_KINDS)
def test_each_kind_has_all_parameters_for_five_severities(kind):
    perturbation = PERTURBATIONS[kind]
    assert len(set(perturbation.parameters)) == 5
    for parameters in perturbation.parameters:
        inspect.signature(perturbation.apply).bind(None, None, *parameters)


def test_kinds_are_named_by_group_name_list_or_text():
    assert resolve_kinds('train') == TRAINING_KINDS
    assert resolve_kinds('held-out') == HELD_OUT_KINDS
    assert resolve_kinds('all') == ALL_KINDS
    assert resolve_kinds('snow, frost,snow') == ('snow', 'frost')
    assert resolve_kinds(['frost', 'held-out']) == ('frost', *HELD_OUT_KINDS)
    assert resolve_severities(3) == (3,)
    assert resolve_severities([5, np.int64(1), 5]) == (5, 1)


@pytest.mark.parametrize('kinds', ['', [], (), ' , '])
def test_an_empty_set_of_kinds_is_refused(kinds):
    with pytest.raises(ValueError, match='kinds: expected at least one perturbation'):
        resolve_kinds(kinds)


@pytest.mark.parametrize('kinds', ['fog', ['snow', 'fog'], [3]])
def test_an_unknown_kind_is_refused_by_name_with_all_that_are_known(kinds):
    with pytest.raises(ValueError, match=r"kind: expected one of brightness.*got ('fog'|3)"):
        resolve_kinds(kinds)


@pytest.mark.parametrize('severities', [[], 0, [1, 6], [2.5], [True]])
def test_severities_other_than_one_to_five_are_refused(severities):
    with pytest.raises(ValueError, match=r'severit.*: expected .*got'):
        resolve_severities(severities)
