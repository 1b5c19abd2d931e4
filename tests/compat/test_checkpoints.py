"""MMEngine's checkpoints load as they were written, and run no code of whoever wrote them."""

import io
import os
import shutil
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest
import tiny_runs
import torch
from forged_pickles import Call
from mmengine.config import Config
from mmengine.logging import HistoryBuffer
from mmengine.runner import CheckpointLoader, Runner, load_checkpoint

from mmpose_stable.compat.checkpoints import CheckpointError, load

DATA = [
    {'a': [1, 2.5, (True, 'text', np.float64(0.25))], 3: b'\x00\xffbytes'},
    OrderedDict(b=1, a=np.arange(6.0).reshape(2, 3)),
    torch.Size([2, 3]),
    np.asfortranarray(np.arange(6, dtype=np.int32).reshape(2, 3)),
    np.array([1.5, -2], dtype='>f4'),
    np.array(['knee', 'ankle_left']),
    np.zeros((0, 3), np.float16),
    np.array(7, dtype=np.uint8),
    *(np.bool_(True), np.str_('hip')),
    HistoryBuffer([1.0, 2.0, 6.0], [1, 1, 2], max_length=50),
]


@pytest.mark.parametrize('value', DATA, ids=lambda value: type(value).__name__)
@pytest.mark.parametrize('new_format', [True, False])
def test_data_come_back_as_they_were_written(value, new_format):
    file = io.BytesIO()
    torch.save(value, file, _use_new_zipfile_serialization=new_format)
    file.seek(0)
    assert parts(load(file)) == parts(value)


@pytest.fixture(scope='module')
def checkpoint_file(tmp_path_factory) -> Path:
    """Return what a training leaves, with optimizer, schedules, a moving average and logs."""
    folder = tmp_path_factory.mktemp('training')
    config = Config.fromfile(tiny_runs.write_training(folder))
    config.optim_wrapper = {'optimizer': {'type': 'Adam', 'lr': 1e-3}}
    config.param_scheduler = [{'type': 'LinearLR', 'start_factor': 0.1, 'end': 2}]
    config.custom_hooks = [{'type': 'EMAHook'}]
    runner = Runner.from_cfg(config)
    runner.train()
    return Path(runner.work_dir) / 'iter_4.pth'


def test_the_checkpoint_of_a_training_comes_back_whole(checkpoint_file):
    ours = CheckpointLoader.load_checkpoint(str(checkpoint_file))
    reference = torch.load(checkpoint_file, weights_only=False)
    assert parts(ours) == parts(reference)
    assert ours['state_dict']._metadata == reference['state_dict']._metadata


def parts(value):
    """Return all that makes a value what it is, so that ``==`` compares it."""
    content = value
    if isinstance(value, dict):
        content = list(value.items())
    elif isinstance(value, HistoryBuffer):
        content = [*value.data, value.max_length, value.statistics('mean')]
    elif isinstance(value, torch.Tensor):
        content = value.dtype, value.shape, value.numpy().tobytes()
    elif isinstance(value, np.ndarray):
        content = value.dtype, value.shape, value.flags.f_contiguous, value.tobytes()
    if isinstance(content, list | tuple):
        content = [parts(part) for part in content]
    return type(value), content


class _ForgedArray:
    """An array with a list in place of its bytes."""

    def __reduce__(self):
        build, arguments, state = np.zeros(1, np.uint8).__reduce__()
        return build, arguments, (*state[:-1], [1])


@pytest.mark.parametrize(
    ('value', 'name'),
    [
        (Call(getattr, torch.Size, 'mean'), 'getattr'),
        (Call(np.load, 'x'), 'numpy.load'),
        (np.zeros(1, dtype=[('a', 'f8')]), "NumPy type 'V8'"),
        (_ForgedArray(), 'array of objects'),
    ],
)
def test_what_is_more_than_data_is_refused_by_name(value, name, tmp_path):
    torch.save([value], tmp_path / 'model.pth')
    with pytest.raises(CheckpointError, match=name):
        load(tmp_path / 'model.pth')


def test_an_array_of_numbers_cannot_be_turned_into_objects():
    file = io.BytesIO()
    torch.save(np.array([1.0]), file, _use_new_zipfile_serialization=False)
    flags = b'K\x00t'  # the last number of the state of a NumPy type, which marks pointers
    assert file.getvalue().count(flags) == 1
    back = load(io.BytesIO(file.getvalue().replace(flags, b'K?t')))
    assert not back.dtype.hasobject
    assert back.tolist() == [1.0]


def payloads(marker: Path) -> dict:
    """Return, by name, what writes the file ``marker`` where pickles may call functions."""
    call = Call(os.system, f'touch {marker}')
    # By attributes alone from a class that checkpoints do hold to eval.
    names = Call(getattr, Call(getattr, HistoryBuffer, '__init__'), '__globals__')
    builtins = Call(Call(getattr, names, 'get'), '__builtins__')
    evaluate = Call(Call(getattr, builtins, 'get'), 'eval')
    # A second checkpoint, unpickled by PyTorch's own builder of storages.
    buffer = io.BytesIO()
    torch.save(call, buffer)
    return {
        'call': call,
        'attributes': Call(evaluate, f'open({str(marker)!r}, "w").close()'),
        'checkpoint within': Call(torch.storage._load_from_bytes, buffer.getvalue()),
        'array of objects': np.array([call], dtype=object),
    }


@pytest.mark.parametrize('new_format', [True, False])
@pytest.mark.parametrize('name', payloads(Path()))
def test_a_payload_is_refused_and_does_not_run(name, new_format, checkpoint_file, tmp_path):
    checkpoint = torch.load(checkpoint_file, weights_only=False)
    path, marker = tmp_path / 'model.pth', tmp_path / 'payload_ran'
    checkpoint['meta']['note'] = payloads(marker)[name]
    torch.save(checkpoint, path, _use_new_zipfile_serialization=new_format)
    with pytest.raises(CheckpointError, match=r'model\.pth is refused'):
        CheckpointLoader.load_checkpoint(str(path))
    assert not marker.exists()
    torch.load(path, weights_only=False)
    assert marker.exists(), 'the payload is a dud: this test would prove nothing'


def test_code_that_a_resume_would_run_as_a_config_is_left_out(tmp_path):
    torch.save({'state_dict': {}, 'meta': {'config': 'print()', 'iter': 3}}, tmp_path / 'a.pth')
    assert load(tmp_path / 'a.pth')['meta'] == {'iter': 3}


def test_a_downloaded_checkpoint_is_kept_and_a_payload_in_it_refused(tmp_path, monkeypatch):
    monkeypatch.setenv('TORCH_HOME', str(tmp_path / 'cache'))
    monkeypatch.setattr(
        torch.hub, 'download_url_to_file', lambda url, path, *_, **__: shutil.move(url[-5:], path)
    )
    monkeypatch.chdir(tmp_path)
    torch.save({'weight': torch.tensor(1)}, 'a.pth')
    for _ in range(2):  # the second time from the cache
        found = CheckpointLoader.load_checkpoint('https://web/folder/a.pth', 'cpu')
        assert found == {'weight': torch.tensor(1)}
    torch.save(payloads(tmp_path / 'payload_ran')['call'], 'b.pth')
    with pytest.raises(CheckpointError, match=r'https://web/b\.pth is refused'):
        CheckpointLoader.load_checkpoint('https://web/b.pth', 'cpu')
    assert not (tmp_path / 'payload_ran').exists()


@pytest.mark.parametrize('content', [b'', b'<!DOCTYPE html>', None])
def test_what_is_no_checkpoint_or_cut_short_is_named(content, checkpoint_file, tmp_path):
    if content is None:
        whole = checkpoint_file.read_bytes()
        content = whole[: len(whole) // 2]
    (tmp_path / 'model.pth').write_bytes(content)
    with pytest.raises(CheckpointError, match=r'model\.pth is refused: .* It is damaged'):
        load(tmp_path / 'model.pth')
    with pytest.raises(FileNotFoundError, match='absent'):
        load_checkpoint(torch.nn.Linear(1, 1), str(tmp_path / 'absent.pth'))
