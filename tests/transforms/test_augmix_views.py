"""AugMix views: what they add for packing, and that a warp moves picture and keypoints together."""

import numpy as np
import pytest
import torch
from mmpose.registry import TRANSFORMS

import mmpose_stable.perturbations.transforms
import mmpose_stable.transforms  # noqa: F401
from mmpose_stable.transforms import augmix_views
from mmpose_stable.transforms.augmix import random_warp


def sample(size=(64, 64)):
    image = np.zeros((*size, 3), np.uint8)
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


def test_views_pack_as_those_of_perturbed_views():
    results = TRANSFORMS.build({'type': 'AugMixViews', 'num_views': 2})(sample())
    packed = TRANSFORMS.build({'type': 'PackPoseViews', 'meta_keys': ('id',)})(results)
    assert packed['inputs'].shape == (3, 3, 64, 64)
    assert packed['inputs'].dtype == torch.uint8
    assert packed['data_samples'].metainfo['view_kinds'] == ('augmix', 'augmix')
    assert packed['data_samples'].metainfo['view_severities'] == (3.0, 3.0)


def test_without_warp_picture_and_keypoints_stay():
    before = sample()
    results = TRANSFORMS.build({'type': 'AugMixViews'})(sample())
    assert np.array_equal(results['img'], before['img'])
    assert np.array_equal(results['transformed_keypoints'], before['transformed_keypoints'])
    assert any(not np.array_equal(view, results['img']) for view in results['img_views'])


def test_warp_moves_the_dots_of_the_picture_with_the_keypoints():
    transform = TRANSFORMS.build({'type': 'AugMixViews', 'warp': True, 'severity': 3})
    original = sample()
    moved = 0
    for seed in range(30):
        np.random.seed(seed)  # noqa: NPY002 - the state that MMEngine seeds in its workers
        results = transform(sample())
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
    runs = []
    for seed in (1, 1, 2):
        np.random.seed(seed)  # noqa: NPY002
        image = sample()
        image['img'] = np.arange(64 * 64 * 3, dtype=np.uint32).reshape(64, 64, 3).astype(np.uint8)
        runs.append(transform(image)['img_views'])
    assert all(np.array_equal(a, b) for a, b in zip(runs[0], runs[1], strict=True))
    assert not all(np.array_equal(a, b) for a, b in zip(runs[0], runs[2], strict=True))


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

    def spy(image, rng, severity=3.0, **options):
        seen.append((severity, options))
        return image

    monkeypatch.setattr(augmix_views, 'augmix', spy)
    options = {'width': 2, 'max_depth': 1, 'alpha': 0.5}
    TRANSFORMS.build({'type': 'AugMixViews', 'num_views': 1, 'severity': 7, **options})(sample())
    assert seen == [(7, options)]


def test_pictures_are_moved_to_both_sides():
    warps = [random_warp((60, 40), np.random.default_rng(seed), 10.0) for seed in range(200)]
    moved = [warp[0, 2] for warp in warps if np.allclose(warp[:, :2], np.eye(2)) and warp[0, 2]]
    assert min(moved) < 0 < max(moved)
