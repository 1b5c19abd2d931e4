"""Several models measured alike, drawn and written."""

import json

import numpy as np
import pytest

from mmpose_stable.robustness.files import read_columns
from mmpose_stable.robustness.jitter.comparison import Track, compare
from mmpose_stable.robustness.jitter.drawing import draw_jitter, draw_pose
from mmpose_stable.robustness.jitter.measure import acceleration
from mmpose_stable.robustness.jitter.record import SCHEMA, format_jitter, write_jitter
from mmpose_stable.robustness.report.style import write_png

FRAMES = 10
BOXES = np.tile([0.0, 0.0, 30.0, 40.0], (FRAMES, 1))


def a_track(name, seed, shake, names=('nose', 'hand', 'foot')):
    generator = np.random.default_rng(seed)
    points = generator.uniform(0, 40, (1, len(names), 2))
    points = points + shake * generator.normal(0, 1, (FRAMES, len(names), 2))
    return Track(name, tuple(names), points, np.ones((FRAMES, len(names))))


@pytest.fixture
def tracks():
    return [a_track('calm', 0, 0.1), a_track('shaky', 0, 1.0)]


def test_the_shakier_model_has_more_jitter_by_the_diagonal_of_its_box(tracks):
    comparison = compare(tracks, BOXES, 'box', 25.0)
    np.testing.assert_allclose(comparison.size, 50.0)
    for at, track in enumerate(tracks):
        naive = np.nanmean(acceleration(track.keypoints) / 50)
        assert comparison.mean[at] == pytest.approx(naive, rel=1e-12)
    assert comparison.mean[1] == pytest.approx(10 * comparison.mean[0])
    assert len(np.unique(compare(tracks, BOXES, 'spread', 25.0).size)) == 1
    tracks[0].keypoints[::3] = np.nan
    with pytest.raises(ValueError, match='three frames in a row'):
        compare(tracks, BOXES, 'box', 25.0)


def test_only_common_keypoints_are_compared_by_name():
    first = a_track('a', 0, 1.0, ('nose', 'hand', 'foot'))
    second = a_track('b', 1, 1.0, ('hand', 'tail', 'nose'))
    comparison = compare([first, second], BOXES, 'box', 25.0)
    assert comparison.keypoint_names == ('nose', 'hand')
    assert comparison.left_out == ('foot', 'tail')
    np.testing.assert_array_equal(comparison.keypoints[0], first.keypoints[:, [0, 1]])
    np.testing.assert_array_equal(comparison.keypoints[1], second.keypoints[:, [2, 0]])


def test_smoothed_copies_follow_the_models_and_shake_less(tracks):
    pytest.importorskip('OneEuroFilter')
    comparison = compare(tracks, BOXES, 'box', 25.0, {'min_cutoff': 1.0, 'beta': 1.0})
    assert comparison.models == 2
    assert comparison.names == ('calm', 'shaky', 'calm, one-euro', 'shaky, one-euro')
    assert (comparison.mean[2:] < comparison.mean[:2]).all()
    naive = np.linalg.norm(comparison.keypoints[3] - comparison.keypoints[1], axis=-1).mean() / 50
    np.testing.assert_allclose(comparison.moved_by_smoothing[[0, 1, 3]], [0, 0, naive])


def test_figure_and_files_hold_the_numbers_also_with_gaps(tracks, tmp_path):
    for track in tracks:
        track.keypoints[6] = np.nan
    gappy = compare(tracks, BOXES, 'box', 25.0)
    figure = draw_jitter(gappy, 25.0, 'diagonal of the box')
    over_time, by_keypoint = figure.axes
    for line, values in zip(over_time.lines, gappy.per_frame, strict=True):
        np.testing.assert_allclose(line.get_ydata(), 100 * values)
        np.testing.assert_allclose(line.get_xdata(), np.arange(FRAMES) / 25)
    for bars, values in zip(by_keypoint.containers, gappy.per_keypoint, strict=True):
        np.testing.assert_allclose([bar.get_width() for bar in bars], 100 * values)
    assert 'diagonal of the box' in by_keypoint.get_xlabel()
    assert write_png(tmp_path / 'jitter.png', figure)
    write_jitter(tmp_path, gappy, BOXES, {'video': {'fps': 25.0}})
    content = json.loads((tmp_path / 'jitter.json').read_text())
    assert (content['schema'], content['frames']) == (SCHEMA, FRAMES)
    entry = content['entries'][1]
    assert (entry['name'], entry['mean']) == ('shaky', gappy.mean[1])
    assert [at for at, value in enumerate(entry['per_frame']) if value is None] == [0, 5, 6, 7, 9]
    assert list(entry['per_keypoint']) == ['nose', 'hand', 'foot']
    _, columns = read_columns(tmp_path / 'jitter.npz', SCHEMA)
    np.testing.assert_array_equal(columns['jitter'], gappy.jitter)
    np.testing.assert_array_equal(columns['keypoints'], gappy.keypoints)
    assert columns['keypoint_name'].tolist() == ['nose', 'hand', 'foot']
    shown = format_jitter(gappy).splitlines()[2].split()
    numbers = 100 * gappy.mean[0], 100 * np.nanpercentile(gappy.jitter[0], 95)
    assert shown == ['calm', f'{numbers[0]:.3f}', '%', f'{numbers[1]:.3f}', '%', '–']


def test_a_pose_is_drawn_where_it_is_known_and_joined():
    picture = np.zeros((60, 80, 3), np.uint8)
    points = np.array([[20.0, 40.0], [60.0, 40.0], [np.nan, np.nan], [1e9, -1e9]])
    drawn = draw_pose(picture, points, [(0, 1), (1, 2)], (0, 0, 255), '')
    assert drawn[40, 40, 2] > 200
    assert drawn[40, 20].tolist() == [255, 255, 255]
    assert not drawn[45:].any()
    assert not draw_pose(np.zeros((60, 80, 3), np.uint8), points[2:3], [], (9, 9, 9), '').any()
