import numpy as np
import pytest

from mmpose_stable.perturbations import (
    ALL_KINDS,
    HELD_OUT_KINDS,
    TRAINING_KINDS,
    resolve_kinds,
    resolve_severities,
)


def test_kinds_are_named_by_group_name_list_or_text():
    assert resolve_kinds('train') == TRAINING_KINDS
    assert resolve_kinds('held-out') == HELD_OUT_KINDS
    assert resolve_kinds('all') == ALL_KINDS == TRAINING_KINDS + HELD_OUT_KINDS
    assert (len(TRAINING_KINDS), len(HELD_OUT_KINDS)) == (10, 5)
    assert len(resolve_kinds('coco-c')) == 14  # of ImageNet-C's 15, one moves the content
    assert len(resolve_kinds('posebench')) == 10
    assert resolve_kinds('snow, frost,snow') == ('snow', 'frost')
    assert resolve_kinds(['frost', 'held-out']) == ('frost', *HELD_OUT_KINDS)
    assert resolve_severities(3) == (3,)
    assert resolve_severities([5, np.int64(1), 5]) == (5, 1)


@pytest.mark.parametrize(
    ('kinds', 'message'),
    [
        *((kinds, 'kinds: expected at least one perturbation') for kinds in ([], ' , ')),
        *((kinds, r"expected one of train, .*got 'rain'") for kinds in ('rain', ['snow', 'rain'])),
    ],
)
def test_no_kind_and_an_unknown_one_are_refused_with_all_that_are_known(kinds, message):
    with pytest.raises(ValueError, match=message):
        resolve_kinds(kinds)
