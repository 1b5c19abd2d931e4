import numpy as np
import pytest
from mmpose.registry import TRANSFORMS

from mmpose_stable.perturbations import perturb
from mmpose_stable.perturbations.boxes import crop_of_box
from mmpose_stable.perturbations.transforms import PerturbedViews, PerturbImage, RandomPerturbation
from mmpose_stable.perturbations.views import META, PackPoseViews


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
def test_views_stand_beside_the_clean_image_repeat_with_the_seed_and_can_be_made_again(
    results, moves
):
    transform = TRANSFORMS.build(dict(type='PerturbedViews', num_views=3, **moves))
    clean = results['img'].copy()

    def run(start=0, sample=11):
        seed(start)
        out = transform({**results, 'id': sample})
        return out, [out[key] for key in META]

    out, drawn = run()
    assert run()[1] == drawn
    assert drawn not in (run(1)[1], run(sample=12)[1])
    np.testing.assert_array_equal(out['img'], clean)
    boxes = out['view_boxes']
    assert len(set(boxes)) == (3 if moves else 0)
    crops = [crop_of_box(clean, box) for box in boxes] or [clean] * 3
    made = zip(out['img_views'], crops, out['view_kinds'], out['view_severities'], strict=True)
    for index, (view, crop, kind, severity) in enumerate(made):
        key = (11, out['view_draw'], index)
        again = perturb(crop, kind, severity, key=key, channel_order='bgr')
        np.testing.assert_array_equal(view, again)


@pytest.mark.filterwarnings('error')
def test_views_of_held_out_kinds_give_a_warning_which_the_default_ones_do_not():
    PerturbedViews()
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
def test_a_random_perturbation_is_keyed_by_sample_and_draw_and_repeats_with_the_seed(
    results, sample
):
    def run(**settings):
        transform = TRANSFORMS.build(dict(type='RandomPerturbation', prob=1, **settings))
        seed(4)
        out = transform({**results, 'id': sample})
        assert out['id'] == sample
        return out['img']

    seed(4)
    key = (sample, np.random.randint(2**31 - 1))  # noqa: NPY002
    expected = perturb(results['img'], 'snow', 2, key=key, channel_order='bgr')
    np.testing.assert_array_equal(run(kinds='snow', severities=[2]), expected)
    np.testing.assert_array_equal(run(), run())


def test_packed_views_are_one_tensor_with_the_clean_image_first(results):
    out = PerturbedViews(2, box_shift=0.1)(results)
    packed = TRANSFORMS.build(dict(type='PackPoseViews'))(out)
    inputs, sample = packed['inputs'], packed['data_samples']
    for tensor, image in zip(inputs, [out['img'], *out['img_views']], strict=True):
        np.testing.assert_array_equal(tensor.permute(1, 2, 0), image)
    for key in (*META, 'id'):
        assert getattr(sample, key) == out[key]


def test_packing_without_views_names_the_transform_that_is_missing(results):
    with pytest.raises(KeyError, match='put PerturbedViews before it'):
        PackPoseViews()(results)


def test_views_of_an_image_that_was_changed_afterwards_are_refused(results):
    out = PerturbedViews(1)(results)
    PackPoseViews()({**out, 'img': out['img'].copy()})
    out['img'] = out['img'][:, ::-1]
    with pytest.raises(ValueError, match='AugMixViews after every transform that changes it'):
        PackPoseViews()(out)
