"""The command on a small video and a tiny model."""

import json
from contextlib import nullcontext
from unittest.mock import Mock

import numpy as np
import pytest
from videos import write_video

from mmpose_stable.cli import jitter
from mmpose_stable.robustness.files import read_columns
from mmpose_stable.robustness.jitter.record import SCHEMA
from mmpose_stable.robustness.jitter.video import open_video

FRAMES = 7


@pytest.fixture(scope='module')
def clip(tmp_path_factory):
    """A video of noise."""
    frames = np.random.default_rng(0).integers(0, 256, (FRAMES, 90, 120, 3), dtype=np.uint8)
    return write_video(tmp_path_factory.mktemp('clip') / 'clip.avi', frames)


@pytest.fixture
def words(model_files, clip, tmp_path):
    """What the command needs at least."""
    return [*model_files, str(clip), '--out', str(tmp_path / 'out'), '--device', 'cpu']


def test_keypoints_of_each_frame_are_written(words, tmp_path, monkeypatch):
    fast = Mock(return_value=nullcontext())
    monkeypatch.setattr(jitter, 'fast_prediction', fast)
    jitter.main([*words, '--box', '20,10,60,60', '--fast'])
    assert [size for (_, size), _ in fast.call_args_list] == [(64, 64)]
    _, columns = read_columns(tmp_path / 'out' / 'jitter.npz', SCHEMA)
    assert columns['keypoints'].shape == (1, FRAMES, 5, 2)
    assert np.isfinite(columns['keypoints']).all()
    content = json.loads((tmp_path / 'out' / 'jitter.json').read_text())
    assert content['body_size'] == pytest.approx(np.hypot(60, 60))
    assert (tmp_path / 'out' / 'jitter.png').stat().st_size > 1000


def test_models_are_compared_along_a_track_with_a_gap(words, model_files, tmp_path, capsys):
    track = tmp_path / 'track.csv'
    rows = [f'{frame},{10 + frame},5,60,70' for frame in range(FRAMES) if frame != 5]
    track.write_text('\n'.join(['frame,x,y,w,h', *rows]))
    words += ['--name', 'one', '--model', *model_files, 'other', '--boxes', str(track)]
    jitter.main([*words, '--smooth', 'one-euro', '--max-frames', '6'])
    content = json.loads((tmp_path / 'out' / 'jitter.json').read_text())
    assert content['frames'] == 6
    one, other, smoothed, _ = [entry['mean'] for entry in content['entries']]
    assert one == other > smoothed
    per_frame = content['entries'][0]['per_frame']
    assert [at for at, value in enumerate(per_frame) if value is None] == [0, 4, 5]
    assert 'other, one-euro' in capsys.readouterr().out
    frames = list(open_video(tmp_path / 'out' / 'jitter.webm').frames(None))
    # Four panels beside one another.
    assert [frame.shape for frame in frames] == [(90, 4 * 120, 3)] * 6


def test_an_absent_filter_is_named(words, monkeypatch):
    monkeypatch.setattr('importlib.util.find_spec', lambda name: None)
    with pytest.raises(ValueError, match='pip install OneEuroFilter'):
        jitter.main([*words, '--smooth', 'one-euro'])


def test_a_checkpoint_may_be_an_address(words, monkeypatch):
    load = Mock(side_effect=InterruptedError)  # no test needs a network
    monkeypatch.setattr(jitter, 'load_model', load)
    with pytest.raises(InterruptedError):
        jitter.main([words[0], 'https://host/a.pth', *words[2:]])
    assert load.call_args.args[1] == 'https://host/a.pth'


@pytest.mark.parametrize(
    ('model', 'message'),
    [
        (['a.py'], 'expected CONFIG CHECKPOINT'),
        (['{config}', '{checkpoint}'], 'called alike'),
        (['absent.py', 'absent.pth'], "config: expected a file, got 'absent.py'"),
    ],
)
def test_bad_input_is_named_before_any_model_is_built(words, tmp_path, model, message):
    model = [word.format(config=words[0], checkpoint=words[1]) for word in model]
    with pytest.raises(ValueError, match=message):
        jitter.main([*words, '--model', *model])
    assert not (tmp_path / 'out').exists()
