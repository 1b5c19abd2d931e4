import itertools

import numpy as np
import pytest

from mmpose_stable.perturbations import (
    ALL_KINDS,
    EVERY_KIND,
    HELD_OUT_KINDS,
    TRAINING_KINDS,
    perturb,
    resolve_kinds,
    resolve_severities,
)
from mmpose_stable.perturbations.keys import keyed_generator

DETERMINISTIC = (
    *('brightness', 'contrast', 'defocus_blur', 'gaussian_blur', 'jpeg_compression', 'saturate'),
    *('zoom_blur', 'pixelate', 'darkness', 'color_quantization'),
)
every_kind = pytest.mark.parametrize('kind', EVERY_KIND)


@every_kind
def test_keys_decide_alone_and_only_about_random_kinds(kind, scene):
    first = perturb(scene, kind, 3, key=(1, 'a'))
    np.random.seed(5)  # noqa: NPY002
    perturb(scene[:50], kind, 4, key=7)
    state = np.random.get_state()[1].copy()  # noqa: NPY002
    np.testing.assert_array_equal(perturb(scene, kind, 3, key=(1, 'a')), first)
    np.testing.assert_array_equal(np.random.get_state()[1], state)  # noqa: NPY002
    results = [perturb(scene, kind, 5, key=key) for key in ((0, 1), (0, 2))]
    assert np.array_equal(*results) == (kind in DETERMINISTIC)


@every_kind
def test_any_size_is_kept_and_the_input_untouched(kind, scene):
    sizes = ((8, 8), (8, 57), (61, 9), (33, 40))
    for severity, (height, width) in itertools.product((1, 5), sizes):
        image = scene[:height, :width].copy()
        before = image.copy()
        result = perturb(image, kind, severity, key=1)
        assert result.shape == image.shape
        assert result.dtype == np.uint8
        assert not np.shares_memory(result, image)
        np.testing.assert_array_equal(image, before)


@every_kind
def test_strides_and_the_order_of_channels_do_not_matter(kind, scene):
    for view in (scene[::-2, ::3], np.asfortranarray(scene)):
        expected = perturb(view.copy(order='C'), kind, 4, key=1)
        result = perturb(view, kind, 4, key=1)
        np.testing.assert_array_equal(result, expected)
        bgr = perturb(view[..., ::-1], kind, 4, key=1, channel_order='bgr')
        np.testing.assert_array_equal(bgr[..., ::-1], expected)


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        ({'image': np.zeros((9, 9, 3))}, 'image: expected a uint8 .* 8×8 .* got float64'),
        *(
            ({'image': np.zeros(shape, np.uint8)}, 'image: expected a uint8 .* 8×8 .* got uint8')
            for shape in ((9, 9), (9, 9, 4), (7, 9, 3))
        ),
        ({'kind': 'Snow'}, "kind: expected one of bright.*got 'Snow'"),
        *(
            ({'severity': s}, f'severity: expected a whole number from 1 to 5; got {s!r}')
            for s in (0, 6, 2.0, '3')
        ),
        ({'channel_order': 'RGB'}, "channel_order: expected 'rgb' or 'bgr'; got 'RGB'"),
    ],
)
def test_a_bad_argument_is_refused_with_what_was_expected_and_given(change, message, scene):
    with pytest.raises(ValueError, match=message):
        perturb(**{'image': scene, 'kind': 'snow', 'severity': 1, **change})


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
