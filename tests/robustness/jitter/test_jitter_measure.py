"""Acceleration, body size and smoothing, and several models measured alike and written."""

import json
import math

import numpy as np
import pytest

from mmpose_stable.robustness.files import read_columns
from mmpose_stable.robustness.jitter.measure import acceleration, compare, one_euro
from mmpose_stable.robustness.jitter.record import SCHEMA, write_jitter

FRAMES, FPS = 12, 25.0
BOXES = np.tile([0.0, 0.0, 30.0, 40.0], (FRAMES, 1))
BODY = ('nose', 'hand', 'foot', 'tail')
NAMES = {'calm': BODY, 'shaky': BODY}


@pytest.fixture
def tracks():
    """Keypoints of a model that shake ten times as much as another's."""
    generator = np.random.default_rng(0)
    still, shake = generator.uniform(0, 40, (1, 4, 2)), generator.normal(0, 1, (FRAMES, 4, 2))
    return {'calm': still + 0.1 * shake, 'shaky': still + shake}


def test_acceleration_equals_a_loop_and_a_frame_without_prediction_leaves_out_three(tracks):
    keypoints = tracks['shaky']
    keypoints[5, 2] = np.nan
    found = acceleration(keypoints)
    for t, k in np.ndindex(FRAMES - 2, 4):
        before, now, after = keypoints[t : t + 3, k]
        naive = math.dist(after - now, now - before)
        assert found[t + 1, k] == pytest.approx(naive, rel=1e-12, nan_ok=True)
    assert np.argwhere(np.isnan(found[1:-1])).tolist() == [[3, 2], [4, 2], [5, 2]]
    assert np.isnan(found[[0, -1]]).all()


def test_shaking_keypoints_shake_less_whatever_the_resolution_and_gaps_stay(tracks):
    shaking = tracks['shaky']
    smooth = one_euro(shaking, 40.0, FPS)
    assert np.nanmean(acceleration(smooth)) < 0.5 * np.nanmean(acceleration(shaking))
    np.testing.assert_allclose(one_euro(3 * shaking, 120.0, FPS), 3 * smooth)
    shaking[4:6] = np.nan
    found = one_euro(shaking, 40.0, FPS)
    np.testing.assert_array_equal(np.isnan(found), np.isnan(shaking))
    np.testing.assert_allclose(found[:4], smooth[:4])


def test_the_shakier_model_has_more_jitter_by_the_diagonal_of_its_box(tracks):
    comparison = compare(tracks, NAMES, FPS, BOXES)
    np.testing.assert_allclose(comparison.size, 50.0)
    for mean, track in zip(comparison.mean, tracks.values(), strict=True):
        assert mean == pytest.approx(np.nanmean(acceleration(track) / 50), rel=1e-12)
    spread = [np.hypot(*np.ptp(frame, 0)) for track in tracks.values() for frame in track]
    np.testing.assert_allclose(compare(tracks, NAMES, FPS).size, np.median(spread))
    for track in tracks.values():
        track[::3] = np.nan
    with pytest.raises(ValueError, match='three frames in a row'):
        compare(tracks, NAMES, FPS, BOXES)


def test_only_common_keypoints_are_compared_by_name(tracks):
    names = {'calm': BODY, 'shaky': ('hand', 'eye', 'nose', 'knee')}
    comparison = compare(tracks, names, FPS, BOXES)
    assert comparison.keypoint_names == ['nose', 'hand']
    np.testing.assert_array_equal(comparison.keypoints[0], tracks['calm'][:, [0, 1]])
    np.testing.assert_array_equal(comparison.keypoints[1], tracks['shaky'][:, [2, 0]])
    with pytest.raises(ValueError, match='no keypoint in common: calm, shaky'):
        compare(tracks, {'calm': BODY, 'shaky': ('eye', 'knee')}, FPS, BOXES)


def test_smoothed_copies_follow_the_models_and_shake_less(tracks):
    comparison = compare(tracks, NAMES, FPS, BOXES, smooth=True)
    assert comparison.models == 2
    assert (comparison.mean[2:] < comparison.mean[:2]).all()
    naive = np.linalg.norm(comparison.keypoints[3] - comparison.keypoints[1], axis=-1).mean() / 50
    np.testing.assert_allclose(comparison.moved_by_smoothing[[0, 1, 3]], [0, 0, naive])


def test_files_hold_the_numbers_also_with_gaps(tracks, tmp_path):
    for track in tracks.values():
        track[6] = np.nan
    gappy = compare(tracks, NAMES, FPS, BOXES)
    write_jitter(tmp_path, gappy, BOXES, {'video': {'fps': FPS}})
    content = json.loads((tmp_path / 'jitter.json').read_text())
    assert content['schema'] == SCHEMA
    entry = content['entries'][1]
    assert (entry['name'], entry['mean']) == ('shaky', gappy.mean[1])
    assert list(entry['per_keypoint']) == list(BODY)
    _, columns = read_columns(tmp_path / 'jitter.npz', SCHEMA)
    np.testing.assert_array_equal(columns['jitter'], gappy.jitter)
    np.testing.assert_array_equal(columns['keypoints'], gappy.keypoints)
