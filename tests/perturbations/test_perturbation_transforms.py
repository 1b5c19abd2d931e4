import warnings

import cv2
import numpy as np
import pytest
import torch
from mmengine.runner import Runner
from mmpose.registry import TRANSFORMS

from mmpose_stable.perturbations import HELD_OUT_KINDS, TRAINING_KINDS, perturb
from mmpose_stable.perturbations.transforms import (
    PerturbedViews,
    PerturbImage,
    RandomPerturbation,
)


def test_perturb_image_perturbs_a_bgr_image_as_its_rgb_copy(results, scene):
    transform = TRANSFORMS.build(dict(type='PerturbImage', kind='spatter', severity=4, seed=3))
    result = transform(dict(results))
    np.testing.assert_array_equal(
        result['img'][..., ::-1], perturb(scene, 'spatter', 4, key=(3, 11))
    )
    np.testing.assert_array_equal(results['img'][..., ::-1], scene)


def test_perturb_image_depends_on_seed_and_sample_alone(results):
    def run(sample, seed=0, id_key='id'):
        transform = PerturbImage('gaussian_noise', 2, seed=seed, id_key=id_key)
        return transform({**results, 'id': sample})['img'].tobytes()

    assert run(1) == run(np.int64(1))
    assert run(1) != run(2)
    assert run(1) != run(1, seed=1)
    assert run(1, id_key='img_id') == run(2, id_key='img_id')
    assert run([1, 2]) == run((1, 2))


def test_a_missing_sample_id_is_named_with_the_setting_to_change(results):
    del results['id']
    for transform in (PerturbImage('snow', 1), PerturbedViews()):
        with pytest.raises(KeyError, match=r"expected results\['id'\].*'img_id'.*Set id_key"):
            transform(results)


@pytest.mark.parametrize(
    ('settings', 'message'),
    [
        (dict(kind='rain', severity=1), 'kind: expected one of'),
        (dict(kind='snow', severity=6), 'severity: expected'),
        (dict(kind='snow', severity=1, channel_order='x'), 'channel_order: expected'),
    ],
)
def test_perturb_image_checks_its_settings_when_built(settings, message):
    with pytest.raises(ValueError, match=message):
        PerturbImage(**settings)


def test_views_stand_beside_the_clean_image_and_can_be_made_again(results):
    np.random.seed(0)  # noqa: NPY002
    clean = results['img'].copy()
    out = TRANSFORMS.build(dict(type='PerturbedViews', num_views=3))(results)
    np.testing.assert_array_equal(out['img'], clean)
    assert len(out['img_views']) == len(out['view_kinds']) == len(out['view_severities']) == 3
    made = zip(out['img_views'], out['view_kinds'], out['view_severities'], strict=True)
    for index, (view, kind, severity) in enumerate(made):
        key = (11, out['view_draw'], index)
        again = perturb(clean, kind, severity, key=key, channel_order='bgr')
        np.testing.assert_array_equal(view, again)


def test_views_repeat_with_the_global_seed_and_differ_without(results):
    transform = PerturbedViews(2, kinds='gaussian_noise')

    def run(sample=11):
        return b''.join(v.tobytes() for v in transform({**results, 'id': sample})['img_views'])

    np.random.seed(1)  # noqa: NPY002
    first, second = run(), run()
    np.random.seed(1)  # noqa: NPY002
    assert (run(), run()) == (first, second)
    assert first != second
    np.random.seed(1)  # noqa: NPY002
    assert run(sample=12) != first


def test_views_of_one_sample_differ_even_at_one_kind_and_severity(results):
    one, other = PerturbedViews(2, 'shot_noise', [3])(results)['img_views']
    assert not np.array_equal(one, other)


def test_kinds_and_severities_are_drawn_uniformly(results):
    np.random.seed(2)  # noqa: NPY002
    transform = PerturbedViews(2000, kinds='brightness,contrast', severities=[1, 5])
    out = transform({**results, 'img': results['img'][:8, :8]})
    pairs = list(zip(out['view_kinds'], out['view_severities'], strict=True))
    for pair in [(k, s) for k in ('brightness', 'contrast') for s in (1, 5)]:
        assert abs(pairs.count(pair) - 500) < 5 * np.sqrt(500 * 0.75)


def test_views_draw_from_the_training_kinds_at_all_severities_by_default():
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        transform = PerturbedViews()
    assert transform.kinds == TRAINING_KINDS
    assert transform.severities == (1, 2, 3, 4, 5)


def test_training_on_held_out_kinds_gives_a_warning_that_names_them():
    with pytest.warns(UserWarning, match=r'held-out perturbations \(spatter\)'):
        PerturbedViews(kinds=['snow', 'spatter'])
    with pytest.warns(UserWarning, match=', '.join(HELD_OUT_KINDS)):
        PerturbedViews(kinds='all')


def test_a_folder_without_photographs_of_frost_is_refused_when_built(tmp_path):
    for build in (
        lambda: PerturbImage('frost', 1, frost_folder=tmp_path),
        lambda: PerturbedViews(kinds=['frost'], frost_folder=tmp_path),
    ):
        with pytest.raises(FileNotFoundError, match='frost_folder: expected a folder with'):
            build()
    PerturbImage('snow', 1, frost_folder=tmp_path)


@pytest.mark.parametrize(
    ('settings', 'message'),
    [
        (dict(kinds=[]), r'kinds: expected at least one perturbation.*got \[\]'),
        (dict(severities=[]), r'severities: expected at least one'),
        (dict(num_views=0), 'num_views: expected a whole number from 1 on; got 0'),
        (dict(num_views=1.5), 'num_views: expected'),
    ],
)
def test_views_of_nothing_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        PerturbedViews(**settings)


def test_a_random_perturbation_comes_as_often_as_it_is_asked_to(results):
    def share(prob):
        np.random.seed(0)  # noqa: NPY002
        transform = RandomPerturbation(prob, kinds='brightness', severities=[5])
        small = {**results, 'img': results['img'][:8, :8]}
        changed = [transform(small)['img'] is not small['img'] for _ in range(1000)]
        return sum(changed) / 1000

    assert (share(0), share(1)) == (0, 1)
    assert abs(share(0.3) - 0.3) < 5 * np.sqrt(0.3 * 0.7 / 1000)


def test_a_random_perturbation_is_a_drawn_one_and_repeats_with_the_global_seed(results):
    transform = TRANSFORMS.build(dict(type='RandomPerturbation', prob=1, kinds='snow,frost'))

    def run():
        np.random.seed(4)  # noqa: NPY002
        return transform(dict(results))['img']

    np.random.seed(4)  # noqa: NPY002
    key = (results['id'], np.random.randint(2**31 - 1))  # noqa: NPY002
    drawn = [
        perturb(results['img'], kind, severity, key=key, channel_order='bgr')
        for kind in ('snow', 'frost')
        for severity in range(1, 6)
    ]
    np.testing.assert_array_equal(run(), run())
    assert sum(np.array_equal(run(), image) for image in drawn) == 1


def test_a_random_perturbation_goes_into_a_bottom_up_pipeline(scene):
    people = {'img': scene, 'img_id': 3, 'id': [7, 9]}  # as `data_mode='bottomup'` names them
    out = RandomPerturbation(1, kinds='brightness', severities=[5])(people)
    assert out['img'].shape == scene.shape
    assert not np.array_equal(out['img'], scene)
    assert out['id'] == [7, 9]


@pytest.mark.parametrize('prob', [-0.1, 1.5])
def test_a_probability_out_of_range_is_refused(prob):
    with pytest.raises(ValueError, match='prob: expected a probability from 0 to 1'):
        RandomPerturbation(prob)


class Samples(torch.utils.data.Dataset):
    """Four samples of one image, with one perturbed view each."""

    def __init__(self, image):
        self.image = image
        self.transform = PerturbedViews(1, kinds='gaussian_noise')

    def __len__(self):
        return 4

    def __getitem__(self, index):
        out = self.transform({'img': self.image, 'id': index})
        return index, out['view_draw'], out['img_views'][0].tobytes()


@pytest.mark.parametrize('persistent', [False, True])
def test_in_the_workers_of_mmengine_views_repeat_with_the_seed_alone(scene, persistent):
    def epochs(seed):
        loader = Runner.build_dataloader(
            dict(
                dataset=Samples(scene[:16, :16]),
                sampler=dict(type='DefaultSampler', shuffle=True),
                collate_fn=dict(type='pseudo_collate'),
                batch_size=1,
                num_workers=2,
                persistent_workers=persistent,
            ),
            seed=seed,
        )
        passes = []
        for epoch in range(2):
            loader.sampler.set_epoch(epoch)
            passes.append([tuple(field[0] for field in batch) for batch in loader])
        return passes

    first, second = epochs(seed=3)
    assert [first, second] == epochs(seed=3)
    assert [first, second] != epochs(seed=4)
    same = [(a[2] == b[2]) for a, b in zip(sorted(first), sorted(second), strict=True)]
    # Workers that start anew are seeded anew: a sample met at its old place repeats its draw.
    assert not any(same) if persistent else not all(same)


def test_options_of_the_transforms_reach_the_perturbation(results, tmp_path):
    cv2.imwrite(str(tmp_path / 'ice.png'), np.full((300, 300, 3), 90, np.uint8))
    options = {'channel_order': 'rgb', 'frost_folder': tmp_path}
    seen = PerturbedViews(kinds='frost', severities=[3], id_key='img_id', **options)(dict(results))
    key = (results['img_id'], seen['view_draw'], 0)
    expected = perturb(results['img'], 'frost', 3, key=key, frost_folder=tmp_path)
    np.testing.assert_array_equal(seen['img_views'][0], expected)
    seen = PerturbImage('frost', 3, **options)(dict(results))['img']
    expected = perturb(results['img'], 'frost', 3, key=(0, results['id']), frost_folder=tmp_path)
    np.testing.assert_array_equal(seen, expected)
