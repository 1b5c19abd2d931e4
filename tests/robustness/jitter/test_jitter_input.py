"""Videos and box tracks, good and bad."""

import struct
from pathlib import Path

import numpy as np
import pytest
from videos import write_video

from mmpose_stable.robustness.jitter.boxes import person_boxes
from mmpose_stable.robustness.jitter.video import Video, open_video


def test_no_more_frames_come_than_asked(tmp_path):
    video = open_video(write_video(tmp_path / 'a.avi', np.zeros((6, 48, 64, 3), np.uint8)))
    assert (video.width, video.height, video.fps, video.length) == (64, 48, 25.0, 6)
    assert [len(list(video.frames(limit))) for limit in (None, 4)] == [6, 4]
    assert open_video(video.path, 4).length == 4


def test_frames_of_a_turned_phone_are_upright(tmp_path):
    frame = np.zeros((48, 64, 3), np.uint8)
    frame[:, :16] = 255
    path = write_video(tmp_path / 'a.mp4', [frame] * 4, code='mp4v')
    # The matrix of the track header (ISO 14496-12, tkhd): a b u, c d v, x y w in fixed point.
    plain, by_90_degrees = (
        struct.pack('>9i', c << 16, s << 16, 0, -s << 16, c << 16, 0, 0, 0, 1 << 30)
        for c, s in ((1, 0), (0, 1))
    )
    header, rest = path.read_bytes().split(b'tkhd')
    assert plain in rest
    path.write_bytes(header + b'tkhd' + rest.replace(plain, by_90_degrees, 1))
    video = open_video(path)
    assert (video.height, video.width) == (64, 48)
    for found in video.frames(None):
        np.testing.assert_allclose(found, np.rot90(frame, -1), atol=40)


def test_bad_videos_are_refused_by_name(tmp_path):
    with pytest.raises(ValueError, match='expected a file'):
        open_video(tmp_path / 'absent.mp4')
    text = tmp_path / 'text.mp4'
    text.write_text('no video')
    with pytest.raises(ValueError, match=r'can read 0 frames of .*text\.mp4'):
        open_video(text)
    with pytest.raises(ValueError, match='--max-frames'):
        open_video(text, 2)


def video_of(frames):
    return Video(Path('a.avi'), 100, 80, 25.0, frames)


def test_one_box_or_the_whole_frame_is_that_of_every_frame():
    expected = np.tile([10, 20, 40, 60.5], (3, 1))
    np.testing.assert_array_equal(person_boxes(video_of(3), '10,20,30,40.5'), expected)
    np.testing.assert_array_equal(person_boxes(video_of(1), '-5,-5,10,10'), [[-5, -5, 5, 5]])
    np.testing.assert_array_equal(person_boxes(video_of(1)), [[0, 0, 100, 80]])


@pytest.mark.parametrize(
    ('text', 'words'),
    [
        ('1,2,3', 'expected x,y,w,h'),
        ('1,2,nan,5', 'positive width'),
        ('0,80,5,5', 'outside of the 100x80 frame'),
    ],
)
def test_bad_boxes_are_refused(text, words):
    with pytest.raises(ValueError, match=words):
        person_boxes(video_of(3), text)


@pytest.mark.parametrize('encoding', ['utf-8', 'utf-8-sig'])
def test_a_track_fills_its_frames_and_leaves_the_others_without_a_box(tmp_path, encoding):
    track = tmp_path / 'track.csv'
    lines = 'frame, x, y, w, h\r\n0,1,2,3,4\r\n2,5,6,7,8\r\n9,500,0,1,1'
    track.write_bytes(lines.encode(encoding))
    boxes = person_boxes(video_of(4), track=track)
    np.testing.assert_array_equal(boxes[0], [1, 2, 4, 6])
    np.testing.assert_array_equal(boxes[2], [5, 6, 12, 14])
    assert np.isnan(boxes[[1, 3]]).all()


@pytest.mark.parametrize(
    ('content', 'words'),
    [
        (b'frame,x,y,w\n0,1,2,3', r"first line .* \['h'\] missing"),
        (b'frame,x,y,w,h\n7,1,2,3,4', 'no box of the 4 frames'),
        (b'frame,x,y,w,h\n0,1,2,3', 'line 2: expected x,y,w,h'),
        (b'frame,x,y,w,h\n-1,1,2,3,4', 'count from 0'),
        (b'frame,x,y,w,h\n1,1,2,3,4\n1,1,2,3,4', 'line 3: frame 1 has a box already'),
        (bytes(range(256)), r'track\.csv is no text in UTF-8'),
        (None, 'expected a CSV file'),
    ],
)
def test_bad_tracks_are_refused_with_file_and_line(tmp_path, content, words):
    track = tmp_path / 'track.csv'
    if content is not None:
        track.write_bytes(content)
    with pytest.raises(ValueError, match=words) as caught:
        person_boxes(video_of(4), track=track)
    assert 'track.csv' in str(caught.value)
