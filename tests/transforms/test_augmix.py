"""AugMix: mixing as in the paper, warps, and views whose keypoints move with the picture."""

import numpy as np
import pytest
from mmpose.registry import TRANSFORMS
from PIL import Image

import mmpose_stable.perturbations.transforms
import mmpose_stable.transforms  # noqa: F401
from mmpose_stable.transforms import augmix as module
from mmpose_stable.transforms.augmix import PHOTOMETRIC, augmix, random_warp


def photo(size=(40, 50)):
    rng = np.random.default_rng(3)
    ramp = np.linspace(30, 200, size[1])[None, :, None] * np.array([1.0, 0.8, 0.5])
    return np.clip(ramp + rng.normal(0, 10, (*size, 3)), 0, 255).astype(np.uint8)


@pytest.mark.parametrize(('level', 'kept', 'inverted_from'), [(0, 0xF0, 256), (10, 0x80, 0)])
def test_levels_are_those_of_the_paper(level, kept, inverted_from):
    picture = Image.fromarray(photo())
    *_, posterised, solarised = (np.asarray(change(picture, level)) for change in PHOTOMETRIC)
    assert np.array_equal(posterised, photo() & kept)
    assert np.array_equal(solarised, photo() if inverted_from else 255 - photo())


def test_chains_are_made_and_weighted_as_in_the_paper(monkeypatch):
    calls = []

    def darker(image):
        return (np.asarray(image) * 0.9).astype(np.uint8)

    def striped(image):
        image = np.asarray(image)
        return np.where(np.arange(image.shape[1])[None, :, None] % 3, image, 255 - image)

    def recorded(operation):
        return lambda image, level: calls.append(level) or operation(image)

    operations = (darker, striped)
    monkeypatch.setattr(module, 'PHOTOMETRIC', tuple(map(recorded, operations)))
    image, settings = photo(), {'severity': 5.0, 'width': 4, 'max_depth': 3, 'alpha': 0.4}
    lengths, levels = [], []
    for seed in range(60):
        calls.clear()
        result = augmix(image, np.random.default_rng(seed), **settings)
        levels += calls
        # Algorithm 1 of the paper, with the same draws.
        rng = np.random.default_rng(seed)
        weights, share = rng.dirichlet([0.4] * 4), rng.beta(0.4, 0.4)
        mixed = np.zeros(image.shape)
        for weight in weights:
            lengths.append(rng.integers(1, 4))
            chain = image
            for _ in range(lengths[-1]):
                operation = operations[rng.integers(2)]
                rng.uniform(0.1, 5.0)  # the level
                chain = operation(chain)
            mixed += weight * chain
        expected = (1 - share) * image + share * mixed
        assert np.abs(result - expected).max() <= 0.51
    assert set(lengths) == {1, 2, 3}
    assert np.array_equal(image, photo())
    assert len(levels) == sum(lengths)
    assert min(levels) >= 0.1
    assert 4.7 < max(levels) <= 5.0


def test_warps_of_every_kind_reach_their_bounds_on_both_sides():
    size = (60, 40)
    centre = np.array([29.5, 19.5])
    seen = {}
    for seed in range(1000):
        matrix = random_warp(size, np.random.default_rng(seed), 10.0)
        linear, moved = matrix[:, :2], matrix[:, :2] @ centre + matrix[:, 2] - centre
        if np.abs(moved).max() > 1e-9:
            axis = int(abs(moved[0]) <= 1e-9)
            kind, value = f'shift {"xy"[axis]}', moved[axis] / size[axis]
            assert abs(moved[1 - axis]) < 1e-9
            assert np.allclose(linear, np.eye(2))
        elif np.allclose(linear @ linear.T, np.eye(2)):
            kind, value = 'rotation', np.degrees(np.arctan2(linear[1, 0], linear[0, 0]))
        else:
            axis = int(linear[0, 1] == 0)
            kind, value = f'shear {"xy"[axis]}', linear[axis, 1 - axis]
            assert np.diag(linear).tolist() == [1, 1]
        seen.setdefault(kind, []).append(value)
    bounds = {'rotation': 30, 'shear x': 0.3, 'shear y': 0.3, 'shift x': 1 / 3, 'shift y': 1 / 3}
    assert seen.keys() == bounds.keys()
    for kind, bound in bounds.items():
        for largest in (max(seen[kind]), -min(seen[kind])):
            assert 0.9 * bound < largest <= bound + 1e-9


def sample(seed=0):
    """A picture with a white spot on every keypoint; seeds the state as MMEngine's workers do."""
    np.random.seed(seed)  # noqa: NPY002
    image = np.zeros((64, 64, 3), np.uint8)
    keypoints = np.array([[[20.0, 24.0], [40.0, 30.0], [30.0, 44.0]]], np.float32)
    for x, y in keypoints[0].astype(int):
        image[y - 1 : y + 2, x - 1 : x + 2] = 255
    return {
        'img': image,
        'id': 7,
        'transformed_keypoints': keypoints,
        'keypoints': keypoints * 3,
        'keypoints_visible': np.ones((1, 3), np.float32),
    }


def test_views_pack_as_those_of_perturbed_views_beside_what_stays():
    results = TRANSFORMS.build({'type': 'AugMixViews', 'num_views': 2})(sample())
    for key in ('img', 'transformed_keypoints'):
        assert np.array_equal(results[key], sample()[key])
    assert any(not np.array_equal(view, results['img']) for view in results['img_views'])
    packed = TRANSFORMS.build({'type': 'PackPoseViews', 'meta_keys': ('id',)})(results)
    assert packed['inputs'].shape == (3, 3, 64, 64)
    assert packed['data_samples'].metainfo['view_kinds'] == ('augmix', 'augmix')
    assert packed['data_samples'].metainfo['view_severities'] == (3.0, 3.0)


def test_warp_moves_the_dots_of_the_picture_with_the_keypoints():
    transform = TRANSFORMS.build({'type': 'AugMixViews', 'warp': True, 'severity': 3})
    original = sample()
    moved = 0
    for seed in range(30):
        results = transform(sample(seed))
        for x, y in results['transformed_keypoints'][0]:
            column, row = round(float(x)), round(float(y))
            near = results['img'][max(row - 1, 0) : row + 2, max(column - 1, 0) : column + 2, 0]
            assert near.size == 0 or near.max() > 120
        moved += not np.allclose(
            results['transformed_keypoints'], original['transformed_keypoints'], atol=0.5
        )
        assert np.array_equal(results['keypoints'], original['keypoints'])
    assert moved > 15


def test_a_seed_repeats_the_views():
    transform = TRANSFORMS.build({'type': 'AugMixViews'})
    image = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    runs = [transform({**sample(seed), 'img': image})['img_views'] for seed in (1, 1, 2)]
    assert np.array_equal(runs[0], runs[1])
    assert not np.array_equal(runs[0], runs[2])


def test_warp_after_the_targets_are_made_is_refused():
    results = {**sample(), 'keypoint_weights': np.ones((1, 3))}
    with pytest.raises(ValueError, match='before GenerateTarget'):
        TRANSFORMS.build({'type': 'AugMixViews', 'warp': True})(results)


@pytest.mark.parametrize(
    'settings', [{'num_views': 0}, {'severity': 11}, {'alpha': 0}, {'max_depth': 0}, {'width': 0}]
)
def test_bad_settings_are_refused(settings):
    with pytest.raises(ValueError, match='AugMixViews expects'):
        TRANSFORMS.build({'type': 'AugMixViews', **settings})


def test_options_reach_the_mixing(monkeypatch):
    seen = []
    monkeypatch.setattr(module, 'augmix', lambda *given, **o: seen.append((given[2], o)))
    options = {'width': 2, 'max_depth': 1, 'alpha': 0.5}
    TRANSFORMS.build({'type': 'AugMixViews', 'num_views': 1, 'severity': 7, **options})(sample())
    assert seen == [(7, options)]
