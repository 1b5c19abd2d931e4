"""AugMix views: what they add for packing, and that a warp moves picture and keypoints together."""

import numpy as np
import pytest
from mmpose.registry import TRANSFORMS

import mmpose_stable.perturbations.transforms
import mmpose_stable.transforms  # noqa: F401
from mmpose_stable.transforms import augmix_views


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
    monkeypatch.setattr(augmix_views, 'augmix', lambda *given, **o: seen.append((given[2], o)))
    options = {'width': 2, 'max_depth': 1, 'alpha': 0.5}
    TRANSFORMS.build({'type': 'AugMixViews', 'num_views': 1, 'severity': 7, **options})(sample())
    assert seen == [(7, options)]
