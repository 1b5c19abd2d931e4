import numpy as np
import pytest

from mmpose_stable.perturbations.keys import keyed_generator


def first(*key):
    return keyed_generator(*key).integers(2**62)


def test_draws_are_those_of_other_processes_and_of_results_saved_before():
    # Other draws would give other pictures: results from before and after do not compare.
    draws = keyed_generator(('seed', 7), 'snow', 2).integers(2**62, size=2)
    assert draws.tolist() == [3144683176307543516, 4097942402206199551]


def test_numpy_integers_and_lists_count_as_python_integers_and_tuples():
    assert first(np.int64(5), [np.uint8(1), 2]) == first(5, (1, 2))


def test_different_keys_give_different_draws():
    flat = [(1,), ('1',), (b'1',), (12,), (1, 2), ('ab', 'c'), ('a', 'bc')]
    keys = [*flat, ((1, 2), 3), (1, (2, 3))]
    assert len({first(*key) for key in keys}) == len(keys)


@pytest.mark.parametrize('key', [1.0, None])
def test_a_key_of_another_type_is_refused_by_its_type(key):
    with pytest.raises(TypeError, match=rf'expected a key of integers.*got {type(key).__name__}'):
        keyed_generator('sample', key)
