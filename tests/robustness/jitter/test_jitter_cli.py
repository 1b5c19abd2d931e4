"""The command on a small video and a tiny model."""

import json
from contextlib import nullcontext

import cv2
import numpy as np
import pytest
from videos import write_video

from mmpose_stable.cli import jitter
from mmpose_stable.robustness.files import read_columns
from mmpose_stable.robustness.jitter.record import SCHEMA

FRAMES = 7


@pytest.fixture(scope='module')
def clip(tmp_path_factory):
    """A video in which a pattern wanders."""
    path = tmp_path_factory.mktemp('clip') / 'clip.avi'
    coarse = np.random.default_rng(0).integers(0, 256, (9, 12, 3), dtype=np.uint8)
    picture = cv2.resize(coarse, (120, 90), interpolation=cv2.INTER_CUBIC)
    return write_video(path, [np.roll(picture, 3 * at, 1) for at in range(FRAMES)])


def test_keypoints_of_each_frame_are_written(clip, model_files, tmp_path, monkeypatch):
    entered = []
    monkeypatch.setattr(
        jitter, 'fast_prediction', lambda model, size: entered.append(size) or nullcontext()
    )
    words = ['--box', '20,10,60,60', '--device', 'cpu', '--fast', '--out', str(tmp_path)]
    jitter.main([*model_files, str(clip), *words])
    assert entered == [(64, 64)]
    _, columns = read_columns(tmp_path / 'jitter.npz', SCHEMA)
    assert columns['keypoints'].shape == (1, FRAMES, 5, 2)
    assert np.isfinite(columns['keypoints']).all()
    content = json.loads((tmp_path / 'jitter.json').read_text())
    assert content['body_size'] == pytest.approx(np.hypot(60, 60))
    assert (tmp_path / 'jitter.png').stat().st_size > 1000


def test_models_are_compared_along_a_track_with_a_gap(clip, model_files, tmp_path, capsys):
    track = tmp_path / 'track.csv'
    rows = [f'{frame},{10 + frame},5,60,70' for frame in range(FRAMES) if frame != 5]
    track.write_text('\n'.join(['frame,x,y,w,h', *rows]))
    words = ['--name', 'one', '--model', *model_files, 'other', '--boxes', str(track)]
    words += ['--smooth', 'one-euro', '--out', str(tmp_path), '--max-frames', '6']
    jitter.main([*model_files, str(clip), *words, '--device', 'cpu'])
    content = json.loads((tmp_path / 'jitter.json').read_text())
    names = [entry['name'] for entry in content['entries']]
    assert names == ['one', 'other', 'one, one-euro', 'other, one-euro']
    assert content['frames'] == 6
    assert content['entries'][0]['mean'] == content['entries'][1]['mean']
    assert [value is None for value in content['entries'][0]['per_frame']] == [
        True, False, False, False, True, True
    ]  # fmt: skip
    assert 'other, one-euro' in capsys.readouterr().out
    shown = cv2.VideoCapture(str(tmp_path / 'jitter.webm'))
    frames = [frame for read, frame in (shown.read() for _ in range(7)) if read]
    assert len(frames) == 6
    # Four panels beside one another.
    assert frames[0].shape == (90, 4 * 120, 3)


def test_an_absent_filter_is_named(clip, model_files, tmp_path, monkeypatch):
    monkeypatch.setattr('importlib.util.find_spec', lambda name: None)
    with pytest.raises(ValueError, match='pip install OneEuroFilter'):
        jitter.main([*model_files, str(clip), '--smooth', 'one-euro', '--out', str(tmp_path)])


def test_a_checkpoint_may_be_an_address(clip, model_files, tmp_path, monkeypatch):
    asked = []
    # The loading stops here: no test needs a network.
    monkeypatch.setattr(jitter, 'load_model', lambda *files: asked.append(files) or 1 / 0)
    words = [model_files[0], 'https://host/a.pth', str(clip), '--out', str(tmp_path)]
    with pytest.raises(ZeroDivisionError):
        jitter.main(words)
    assert asked[0][1] == 'https://host/a.pth'


@pytest.mark.parametrize(
    ('words', 'message'),
    [
        (['--model', 'a.py'], 'expected CONFIG CHECKPOINT'),
        (['--model', '{config}', '{checkpoint}'], 'called alike'),
        (['--model', 'absent.py', 'absent.pth'], "config: expected a file, got 'absent.py'"),
    ],
)
def test_bad_input_is_named_before_any_model_is_built(clip, model_files, tmp_path, words, message):
    out = tmp_path / 'out'
    words = [word.format(config=model_files[0], checkpoint=model_files[1]) for word in words]
    with pytest.raises(ValueError, match=message):
        jitter.main([*model_files, str(clip), '--out', str(out), *words])
    assert not out.exists()
