import warnings

import numpy as np
import pytest
from mmpose.registry import TRANSFORMS

from mmpose_stable.perturbations import TRAINING_KINDS, perturb
from mmpose_stable.perturbations.boxes import crop_of_box
from mmpose_stable.perturbations.transforms import (
    PerturbedViews,
    PerturbImage,
    RandomPerturbation,
)


def seed(value):
    np.random.seed(value)  # noqa: NPY002 - the state that MMEngine seeds in its workers


def test_perturb_image_depends_on_seed_and_sample_alone_and_is_that_of_the_rgb_copy(results, scene):
    def run(sample, seed=0, id_key='id'):
        transform = PerturbImage('gaussian_noise', 2, seed=seed, id_key=id_key)
        return transform({**results, 'id': sample})['img'].tobytes()

    image = PerturbImage('spatter', 4, seed=3)(dict(results))['img']
    np.testing.assert_array_equal(image[..., ::-1], perturb(scene, 'spatter', 4, key=(3, 11)))
    np.testing.assert_array_equal(results['img'][..., ::-1], scene)
    assert run(1) != run(2)
    assert run(1) != run(1, seed=1)
    assert run(1, id_key='img_id') == run(2, id_key='img_id')


def test_a_missing_sample_id_is_named_with_the_setting_to_change(results):
    del results['id']
    for transform in (PerturbImage('snow', 1), PerturbedViews()):
        with pytest.raises(KeyError, match=r"expected results\['id'\].*set id_key.*'img_id'"):
            transform(results)


SNOW = dict(type='PerturbImage', kind='snow', severity=1)
VIEWS = dict(type='PerturbedViews')


@pytest.mark.parametrize(
    ('settings', 'message'),
    [
        (dict(SNOW, severity=6), 'severity: expected'),
        (dict(VIEWS, num_views=0), 'num_views: expected a whole number from 1 on; got 0'),
        *(
            (dict(VIEWS, **{name: 0.6}), f'{name}: expected a share from 0 to 0.5')
            for name in ('box_shift', 'box_scale')
        ),
        (dict(type='RandomPerturbation', prob=1.5), 'prob: expected a probability from 0 to 1'),
    ],
)
def test_settings_are_checked_when_built(settings, message):
    with pytest.raises(ValueError, match=message):
        TRANSFORMS.build(settings)


@pytest.mark.parametrize('moves', [{}, {'box_shift': 0.1, 'box_scale': 0.1}])
def test_views_stand_beside_the_clean_image_and_can_be_made_again(results, moves):
    seed(0)
    clean = results['img'].copy()
    out = TRANSFORMS.build(dict(type='PerturbedViews', num_views=3, **moves))(results)
    np.testing.assert_array_equal(out['img'], clean)
    boxes = out['view_boxes']
    assert len(set(boxes)) == (3 if moves else 0)
    assert len(out['img_views']) == len(out['view_kinds']) == len(out['view_severities']) == 3
    crops = [crop_of_box(clean, box) for box in boxes] or [clean] * 3
    made = zip(out['img_views'], crops, out['view_kinds'], out['view_severities'], strict=True)
    for index, (view, crop, kind, severity) in enumerate(made):
        key = (11, out['view_draw'], index)
        again = perturb(crop, kind, severity, key=key, channel_order='bgr')
        np.testing.assert_array_equal(view, again)


def test_views_of_a_sample_differ_and_repeat_with_the_global_seed(results):
    transform = PerturbedViews(2, kinds='gaussian_noise', severities=[3])

    def run(sample=11):
        one, other = transform({**results, 'id': sample})['img_views']
        assert not np.array_equal(one, other)
        return one.tobytes() + other.tobytes()

    seed(1)
    first, second = run(), run()
    seed(1)
    assert (run(), run()) == (first, second)
    assert first != second
    seed(1)
    assert run(sample=12) != first


def test_views_are_of_the_training_kinds_unless_told_which_gives_a_warning():
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        transform = PerturbedViews()
    assert transform.kinds == TRAINING_KINDS
    assert transform.severities == (1, 2, 3, 4, 5)
    with pytest.warns(UserWarning, match=r'held-out perturbations \(spatter\)'):
        PerturbedViews(kinds=['snow', 'spatter'])


def test_kinds_severities_and_perturbed_pictures_come_as_often_as_they_should(results):
    small = {**results, 'img': results['img'][:8, :8]}
    seed(2)
    out = PerturbedViews(2000, kinds='brightness,contrast', severities=[1, 5])(small)
    pairs = list(zip(out['view_kinds'], out['view_severities'], strict=True))
    for pair in [(k, s) for k in ('brightness', 'contrast') for s in (1, 5)]:
        assert abs(pairs.count(pair) - 500) < 5 * np.sqrt(500 * 0.75)

    def share(prob):
        transform = RandomPerturbation(prob, kinds='brightness', severities=[5])
        return np.mean([transform(small)['img'] is not small['img'] for _ in range(1000)])

    assert (share(0), share(1)) == (0, 1)
    assert abs(share(0.3) - 0.3) < 5 * np.sqrt(0.3 * 0.7 / 1000)


@pytest.mark.parametrize('sample', [11, [7, 9]])  # `data_mode='bottomup'` names all persons
def test_a_random_perturbation_is_a_drawn_one_and_repeats_with_the_global_seed(results, sample):
    transform = TRANSFORMS.build(dict(type='RandomPerturbation', prob=1, kinds='snow,frost'))

    def run():
        seed(4)
        out = transform({**results, 'id': sample})
        assert out['id'] == sample
        return out['img']

    seed(4)
    key = (sample, np.random.randint(2**31 - 1))  # noqa: NPY002
    drawn = [
        perturb(results['img'], kind, severity, key=key, channel_order='bgr')
        for kind in ('snow', 'frost')
        for severity in range(1, 6)
    ]
    np.testing.assert_array_equal(run(), run())
    assert sum(np.array_equal(run(), image) for image in drawn) == 1
