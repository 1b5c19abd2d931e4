"""Videos and box tracks, good and bad."""

import struct

import cv2
import numpy as np
import pytest

from mmpose_stable.robustness.jitter.boxes import parse_box, read_track, whole_frame
from mmpose_stable.robustness.jitter.video import open_video


def write_video(path, frames, size=(64, 48), fps=25.0):
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*'MJPG'), fps, size)
    assert writer.isOpened()
    for at in range(frames):
        writer.write(np.full((size[1], size[0], 3), 20 * at, np.uint8))
    writer.release()
    return path


def test_frames_come_in_order_and_no_more_than_asked(tmp_path):
    video = open_video(write_video(tmp_path / 'a.avi', 6))
    assert (video.width, video.height, video.fps, video.length) == (64, 48, 25.0, 6)
    levels = [frame.mean() for frame in video.frames(None)]
    np.testing.assert_allclose(levels, 20 * np.arange(6), atol=2)
    assert len(list(video.frames(4))) == 4
    assert open_video(video.path, 4).length == 4
    assert open_video(video.path, 100).length == 6


def turned(path, degrees):
    """Write a clip of 64x48 whose left edge is white, and say that it was filmed turned."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*'mp4v'), 25, (64, 48))
    frame = np.zeros((48, 64, 3), np.uint8)
    frame[:, :16] = 255
    for _ in range(4):
        writer.write(frame)
    writer.release()
    # The matrix of the track header (ISO 14496-12, tkhd): a b u, c d v, x y w in fixed point.
    plain, other = (
        struct.pack('>9i', c << 16, s << 16, 0, -s << 16, c << 16, 0, 0, 0, 1 << 30)
        for c, s in ((1, 0), {90: (0, 1), 180: (-1, 0), 270: (0, -1)}[degrees])
    )
    header, rest = path.read_bytes().split(b'tkhd')
    assert plain in rest
    path.write_bytes(header + b'tkhd' + rest.replace(plain, other, 1))
    return path, frame


@pytest.mark.parametrize('degrees', [90, 180, 270])
def test_frames_of_a_turned_phone_are_upright(tmp_path, degrees):
    path, frame = turned(tmp_path / 'a.mp4', degrees)
    upright = np.rot90(frame, -degrees // 90)  # clockwise
    video = open_video(path)
    assert (video.height, video.width) == upright.shape[:2]
    for found in video.frames(None):
        np.testing.assert_allclose(found, upright, atol=40)


def test_bad_videos_are_refused_by_name(tmp_path):
    with pytest.raises(ValueError, match='expected a file'):
        open_video(tmp_path / 'absent.mp4')
    text = tmp_path / 'text.mp4'
    text.write_text('no video')
    with pytest.raises(ValueError, match=r'cannot read a frame of .*text\.mp4'):
        open_video(text)
    with pytest.raises(ValueError, match='has 2 frames, expected at least 3'):
        open_video(write_video(tmp_path / 'short.avi', 2))
    with pytest.raises(ValueError, match='--max-frames'):
        open_video(write_video(tmp_path / 'good.avi', 5), 2)


def test_a_box_is_turned_into_its_corners():
    np.testing.assert_array_equal(parse_box('10,20,30,40.5', 100, 100), [10, 20, 40, 60.5])
    np.testing.assert_array_equal(parse_box('-5,-5,10,10', 100, 100), [-5, -5, 5, 5])
    np.testing.assert_array_equal(whole_frame(64, 48), [0, 0, 64, 48])


@pytest.mark.parametrize(
    ('text', 'words'),
    [
        ('1,2,3', 'expected x,y,w,h'),
        ('a,b,c,d', 'expected x,y,w,h'),
        ('1,2,nan,5', 'positive width'),
        ('0,80,5,5', 'outside of the 100x80 frame'),
        ('-5,0,5,5', 'outside of the 100x80 frame'),
    ],
)
def test_bad_boxes_are_refused(text, words):
    with pytest.raises(ValueError, match=words):
        parse_box(text, 100, 80)


def write_track(path, *lines, encoding='utf-8'):
    path.write_bytes('\r\n'.join(lines).encode(encoding))
    return path


@pytest.mark.parametrize('encoding', ['utf-8', 'utf-8-sig'])
def test_a_track_fills_its_frames_and_leaves_the_others_without_a_box(tmp_path, encoding):
    lines = 'frame, x, y, w, h', '0,1,2,3,4', '2,5,6,7,8', '9,500,0,1,1'
    path = write_track(tmp_path / 'a.csv', *lines, encoding=encoding)
    boxes = read_track(path, 4, 100, 80)
    np.testing.assert_array_equal(boxes[0], [1, 2, 4, 6])
    np.testing.assert_array_equal(boxes[2], [5, 6, 12, 14])
    assert np.isnan(boxes[[1, 3]]).all()


@pytest.mark.parametrize(
    ('lines', 'words'),
    [
        (['frame,x,y,w', '0,1,2,3'], r"first line .* \['h'\] missing"),
        (['frame,x,y,w,h', '7,1,2,3,4'], 'no box of the 4 frames'),
        (['frame,x,y,w,h', '0,1,2,3'], 'line 2: expected x,y,w,h'),
        (['frame,x,y,w,h', '-1,1,2,3,4'], 'count from 0'),
        (['frame,x,y,w,h', '1,1,2,3,4', '1,1,2,3,4'], 'line 3: frame 1 has a box already'),
        (['frame,x,y,w,h', '1,400,2,3,4'], 'line 2: the box 400,2,3,4 lies outside'),
    ],
)
def test_bad_tracks_are_refused_with_file_and_line(tmp_path, lines, words):
    path = write_track(tmp_path / 'track.csv', *lines)
    with pytest.raises(ValueError, match=words) as caught:
        read_track(path, 4, 100, 80)
    assert 'track.csv' in str(caught.value)


def test_files_that_are_no_track_are_refused(tmp_path):
    with pytest.raises(ValueError, match='expected a CSV file'):
        read_track(tmp_path / 'absent.csv', 4, 100, 80)
    binary = tmp_path / 'binary.csv'
    binary.write_bytes(bytes(range(256)))
    with pytest.raises(ValueError, match=r'binary\.csv is no text in UTF-8'):
        read_track(binary, 4, 100, 80)
