"""MMEngine's checkpoints load, continue a run exactly, and run no code of whoever wrote them."""

from __future__ import annotations

import functools
import io
import os
import shutil
from collections import Counter, OrderedDict
from pathlib import Path

import mmengine
import numpy as np
import pytest
import torch
from forged_pickles import Call
from mmengine.hooks import Hook
from mmengine.logging import HistoryBuffer
from mmengine.runner import CheckpointLoader, Runner, load_checkpoint
from mmpose.apis import init_model

from mmpose_stable.compat.checkpoints import CheckpointError, load

DATA = [
    {'a': [1, 2.5, (True, 'text', np.float64(0.25))], 3: b'\x00\xffbytes'},
    OrderedDict(b=1, a=np.arange(6.0).reshape(2, 3)),
    Counter({5: 2}),
    {1, 2},
    1 + 2j,
    torch.Size([2, 3]),
    torch.float16,
    torch.device('cpu'),
    np.asfortranarray(np.arange(6, dtype=np.int32).reshape(2, 3)),
    np.array([1.5, -2], dtype='>f4'),
    np.array(['knee', 'ankle_left']),
    np.array([b'x', b'yz']),
    np.zeros((0, 3), np.float16),
    np.array(7, dtype=np.uint8),
    *(np.float32(-1), np.int64(7), np.bool_(True), np.str_('hip')),
    HistoryBuffer([1.0, 2.0, 6.0], [1, 1, 2], max_length=50),
]


@pytest.mark.parametrize('value', DATA, ids=lambda value: type(value).__name__)
@pytest.mark.parametrize('new_format', [True, False])
def test_data_come_back_as_they_were_written(value, new_format):
    file = io.BytesIO()
    torch.save(value, file, _use_new_zipfile_serialization=new_format)
    file.seek(0)
    _assert_same(load(file), value)


class _ForgedArray:
    """An array with a list in place of its bytes."""

    def __reduce__(self):
        build, arguments, state = np.zeros(1, np.uint8).__reduce__()
        return build, arguments, (*state[:-1], [1])


@pytest.mark.parametrize(
    ('value', 'name'),
    [
        (Call(getattr, torch.Size, 'mean'), 'getattr'),
        (Call(torch.load, 'x'), 'torch.serialization.load'),
        (Call(np.load, 'x'), 'numpy.load'),
        (np.zeros(1, dtype=[('a', 'f8')]), "NumPy type 'V8'"),
        (_ForgedArray(), 'array of objects'),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
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


def _call_eval(marker: Path):
    return Call(eval, f'open({str(marker)!r}, "w").close()')


def _getattr_chain(marker: Path):
    """Reach eval from a class that checkpoints do hold, by attributes alone."""
    names = Call(getattr, Call(getattr, HistoryBuffer, '__init__'), '__globals__')
    builtins = Call(Call(getattr, names, 'get'), '__builtins__')
    evaluate = Call(Call(getattr, builtins, 'get'), 'eval')
    return Call(evaluate, f'open({str(marker)!r}, "w").close()')


def _nested_checkpoint(marker: Path):
    """Hide the call in a second checkpoint, unpickled by PyTorch's own builder of storages."""
    buffer = io.BytesIO()
    torch.save(_call_eval(marker), buffer)
    return Call(torch.storage._load_from_bytes, buffer.getvalue())


def _call_system(marker: Path):
    return Call(os.system, f'touch {marker}')


PAYLOADS = [
    _call_system,
    _call_eval,
    _getattr_chain,
    _nested_checkpoint,
    lambda marker: Call(functools.partial(os.system, f'touch {marker}')),
    lambda marker: np.array([_call_eval(marker)], dtype=object),
]


def _save_legacy(value, path: Path) -> None:
    torch.save(value, path, _use_new_zipfile_serialization=False)


@pytest.fixture
def marker(tmp_path):
    """Return a file that exists once a payload has run; checks that none did, though it could."""
    marker, harmful = tmp_path / 'payload_ran', []
    yield marker, harmful.append
    assert not marker.exists()
    for run in harmful:
        run()
        assert marker.exists(), 'the payload is a dud: this test would prove nothing'


@pytest.mark.parametrize(
    ('payload', 'save'),
    [(payload, torch.save) for payload in PAYLOADS] + [(_call_system, _save_legacy)],
)
def test_a_payload_is_refused_and_does_not_run(payload, save, marker, tmp_path):
    marker, harmful = marker
    path = tmp_path / 'model.pth'
    save({'state_dict': {}, 'extra': payload(marker)}, path)
    harmful(lambda: torch.load(path, weights_only=False))
    with pytest.raises(CheckpointError, match=r'model\.pth is refused'):
        load(path)


def _test_runner(path, make_config):
    Runner.from_cfg(make_config(load_from=path)).test()


def _resume_runner(path, make_config):
    Runner.from_cfg(make_config(load_from=path, resume=True)).train()


def _init_model(path, make_config):
    init_model(make_config(), path, device='cpu')


def _pretrained_backbone(path, make_config):
    config = make_config()
    config.model.backbone.init_cfg = dict(type='Pretrained', checkpoint=path, prefix='backbone')
    Runner.from_cfg(config).model.init_weights()


@pytest.mark.parametrize('enter', [_test_runner, _resume_runner, _init_model, _pretrained_backbone])
def test_every_entrance_refuses_a_checkpoint_that_is_right_but_for_one_call(
    enter, checkpoint_file, marker, tmp_path, make_config
):
    marker, harmful = marker
    checkpoint = torch.load(checkpoint_file, weights_only=False)
    checkpoint['meta']['note'] = _call_eval(marker)
    path = tmp_path / 'poisoned.pth'
    torch.save(checkpoint, path)
    harmful(lambda: torch.load(path, weights_only=False))
    with pytest.raises(CheckpointError, match=r'poisoned\.pth is refused: .* GLOBAL eval'):
        enter(str(path), make_config)


def test_code_in_the_stored_config_does_not_run_on_resume(
    checkpoint_file, marker, tmp_path, make_config
):
    marker, harmful = marker
    code = f'open({str(marker)!r}, "w").close()'
    checkpoint = torch.load(checkpoint_file, weights_only=False)
    checkpoint['meta']['config'] = code
    path = tmp_path / 'model.pth'
    torch.save(checkpoint, path)
    # What MMEngine would do with it:
    harmful(lambda: mmengine.Config.fromstring(code, file_format='.py'))
    Runner.from_cfg(make_config(load_from=str(path), resume=True)).train()


@pytest.fixture
def web(tmp_path, monkeypatch):
    """Return a folder whose files ``https://web`` has; downloads go to a cache of its own."""
    monkeypatch.setenv('TORCH_HOME', str(tmp_path / 'cache'))

    def download(url, path, progress):
        shutil.copy(tmp_path / 'web' / url.removeprefix('https://web/'), path)

    monkeypatch.setattr(torch.hub, 'download_url_to_file', download)
    (tmp_path / 'web').mkdir()
    return tmp_path / 'web'


@pytest.mark.parametrize(
    ('name', 'kept'),
    [
        ('best.pth', False),  # that of many files
        ('resnet_8xb32_coco-0a1b2c3d_20200101.pth', True),  # a hash of the content
        ('resnet18-0a1b2c3d.pth', True),
    ],
)
def test_a_downloaded_checkpoint_is_kept_under_a_name_of_its_own(web, tmp_path, name, kept):
    for value, folder in enumerate(('a',) if kept else ('a', 'b')):
        (web / folder).mkdir()
        file = web / folder / name
        torch.save({'weight': torch.tensor(value)}, file)
        for _ in range(2):  # the second time from the cache
            found = CheckpointLoader.load_checkpoint(f'https://web/{folder}/{name}', 'cpu')
            assert found == {'weight': torch.tensor(value)}
            file.unlink(missing_ok=True)
    assert (tmp_path / 'cache' / 'hub' / 'checkpoints' / name).is_file() == kept


def test_a_download_that_is_no_file_or_holds_a_payload_is_refused(web, marker):
    with pytest.raises(ValueError, match='expected the address of a checkpoint file'):
        CheckpointLoader.load_checkpoint('https://web/folder/', 'cpu')
    torch.save(_call_eval(marker[0]), web / 'model.pth')
    with pytest.raises(CheckpointError):
        CheckpointLoader.load_checkpoint('https://web/model.pth', 'cpu')


def test_a_checkpoint_comes_back_as_it_was_written(checkpoint_file):
    ours, reference = load(checkpoint_file), torch.load(checkpoint_file, weights_only=False)
    assert list(ours) == list(reference)
    _assert_same(ours, reference)
    assert ours['state_dict']._metadata == reference['state_dict']._metadata


def _assert_same(ours, reference):
    assert type(ours) is type(reference)
    if isinstance(reference, dict):
        assert list(ours) == list(reference)
        for key in reference:
            _assert_same(ours[key], reference[key])
    elif isinstance(reference, (list, tuple)):
        assert len(ours) == len(reference)
        for one, other in zip(ours, reference, strict=True):
            _assert_same(one, other)
    elif isinstance(reference, HistoryBuffer):
        _assert_same(ours.data, reference.data)
        assert ours.max_length == reference.max_length
        assert ours.statistics('mean') == reference.statistics('mean')
    elif isinstance(reference, torch.Tensor):
        assert ours.dtype == reference.dtype
        assert torch.equal(ours, reference)
    elif isinstance(reference, np.ndarray):
        assert ours.dtype == reference.dtype
        assert ours.flags.f_contiguous == reference.flags.f_contiguous
        assert np.array_equal(ours, reference)
    else:
        assert ours == reference


class _Start(Hook):
    """Keeps where a run starts, and the steps its optimizer has behind it there."""

    def before_train(self, runner):
        states = runner.optim_wrapper.optimizer.state.values()
        self.epoch, self.iter = runner.epoch, runner.iter
        self.steps = {int(state['step']) for state in states}


def test_a_resumed_run_ends_where_an_uninterrupted_one_does(trained, checkpoint_file, make_config):
    resumed = Runner.from_cfg(make_config(resume=True))
    Path(resumed.work_dir, 'last_checkpoint').write_text(str(checkpoint_file))
    start = _Start()
    resumed.register_hook(start)
    resumed.train()
    assert (start.epoch, start.iter, start.steps) == (2, 4, {4})
    assert (resumed.epoch, resumed.iter) == (3, 6)
    ours = load(Path(resumed.work_dir) / 'epoch_3.pth')
    reference = load(Path(trained.work_dir) / 'epoch_3.pth')
    # Weights, the moving average, Adam's moments and steps, and both schedules:
    for part in ('state_dict', 'ema_state_dict', 'optimizer', 'param_schedulers'):
        _assert_same(ours[part], reference[part])
    # The log of losses and learning rates goes on as if nothing had happened:
    logs, expected = (c['message_hub']['log_scalars'] for c in (ours, reference))
    for name in ('train/loss', 'train/lr'):
        _assert_same(logs[name], expected[name])
    assert len(logs['train/loss'].data[0]) == 6


@pytest.mark.parametrize('save', [torch.save, _save_legacy])
def test_bare_weights_load_to_the_target_device(save, tmp_path):
    model, copy = torch.nn.BatchNorm2d(3), torch.nn.BatchNorm2d(3)
    model.weight.data.uniform_()
    save(model.state_dict(), tmp_path / 'model.pth')
    load_checkpoint(copy, str(tmp_path / 'model.pth'), strict=True)
    assert torch.equal(copy.weight, model.weight)
    assert load(tmp_path / 'model.pth', map_location='meta')['weight'].is_meta


@pytest.mark.parametrize('content', [b'', b'<!DOCTYPE html>', b'PK\x03\x04 and no more', None])
def test_what_is_no_checkpoint_or_cut_short_is_named(content, checkpoint_file, tmp_path):
    if content is None:
        whole = checkpoint_file.read_bytes()
        content = whole[: len(whole) // 2]
    (tmp_path / 'model.pth').write_bytes(content)
    with pytest.raises(CheckpointError, match=r'model\.pth is refused: .* It is damaged'):
        load(tmp_path / 'model.pth')
    with pytest.raises(FileNotFoundError, match='absent'):
        load_checkpoint(torch.nn.Linear(1, 1), str(tmp_path / 'absent.pth'))
