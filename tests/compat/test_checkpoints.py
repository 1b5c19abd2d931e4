"""MMEngine's checkpoints load, continue a run exactly, and run no code of whoever wrote them."""

from __future__ import annotations

import functools
import http.server
import io
import os
import pickle
import tarfile
import threading
import zipfile
from pathlib import Path

import mmengine
import numpy as np
import pytest
import torch
from forged_pickles import Call
from mmengine.hooks import Hook
from mmengine.logging import HistoryBuffer
from mmengine.runner import CheckpointLoader, Runner, load_checkpoint
from mmengine.runner import checkpoint as mmengine_checkpoint
from mmpose.apis import init_model

from mmpose_stable.compat.checkpoints import load
from mmpose_stable.compat.safe_pickle import UnsafePickleError


def _touch_by_system(marker: Path):
    return Call(os.system, f'touch {marker}')


def _touch_by_eval(marker: Path):
    return Call(eval, f'open({str(marker)!r}, "w").close()')


def _touch_by_getattr_chain(marker: Path):
    """Reach eval from a class that checkpoints do hold, by attributes alone."""
    names = Call(getattr, Call(getattr, HistoryBuffer, '__init__'), '__globals__')
    builtins = Call(Call(getattr, names, 'get'), '__builtins__')
    evaluate = Call(Call(getattr, builtins, 'get'), 'eval')
    return Call(evaluate, f'open({str(marker)!r}, "w").close()')


def _touch_by_nested_checkpoint(marker: Path):
    """Hide the call in a second checkpoint, unpickled by PyTorch's own builder of storages."""
    buffer = io.BytesIO()
    torch.save(_touch_by_eval(marker), buffer)
    return Call(torch.storage._load_from_bytes, buffer.getvalue())


def _touch_by_partial(marker: Path):
    return Call(functools.partial(os.system, f'touch {marker}'))


def _touch_by_object_array(marker: Path):
    return np.array([_touch_by_eval(marker)], dtype=object)


PAYLOADS = [
    _touch_by_system,
    _touch_by_eval,
    _touch_by_getattr_chain,
    _touch_by_nested_checkpoint,
    _touch_by_partial,
    _touch_by_object_array,
]


def _save_zip(value, path: Path) -> None:
    torch.save(value, path)


def _save_legacy(value, path: Path) -> None:
    torch.save(value, path, _use_new_zipfile_serialization=False)


def _save_tar(value, path: Path) -> None:
    """Write the format of PyTorch 0.1: a tar archive with a pickle in it."""
    members = {
        'storages': pickle.dumps(0) + pickle.dumps([]),
        'tensors': pickle.dumps(0),
        'pickle': pickle.dumps(value),
    }
    with tarfile.open(path, 'w') as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))


def _save_protocol_4(value, path: Path) -> None:
    torch.save(value, path, pickle_protocol=4)


FORMATS = [_save_legacy, _save_tar, _save_protocol_4]


@pytest.fixture
def marker(tmp_path) -> Path:
    """Return a file that exists once a payload has run."""
    return tmp_path / 'payload_ran'


@pytest.mark.parametrize(
    ('payload', 'save'),
    [(payload, _save_zip) for payload in PAYLOADS] + [(_touch_by_system, save) for save in FORMATS],
)
def test_a_payload_is_refused_and_does_not_run(payload, save, marker, tmp_path):
    path = tmp_path / 'model.pth'
    save({'state_dict': {}, 'extra': payload(marker)}, path)
    with pytest.raises(UnsafePickleError, match=r'model\.pth is refused'):
        load(path)
    with path.open('rb') as stream, pytest.raises(UnsafePickleError):
        load(io.BytesIO(stream.read()))
    assert not marker.exists()
    torch.load(path, weights_only=False)
    assert marker.exists(), 'the payload is a dud: this test would prove nothing'


@pytest.fixture
def poisoned(checkpoint_file, marker, tmp_path) -> str:
    """Return a checkpoint that is complete and right, but for one call among its meta data."""
    checkpoint = torch.load(checkpoint_file, weights_only=False)
    checkpoint['meta']['note'] = _touch_by_eval(marker)
    path = tmp_path / 'poisoned.pth'
    torch.save(checkpoint, path)
    return str(path)


def _test_runner(path, make_config):
    Runner.from_cfg(make_config(load_from=path)).test()


def _resume_runner(path, make_config):
    Runner.from_cfg(make_config(load_from=path, resume=True)).train()


def _train_from(path, make_config):
    Runner.from_cfg(make_config(load_from=path)).train()


def _init_model(path, make_config):
    init_model(make_config(), path, device='cpu')


def _load_checkpoint(path, make_config):
    load_checkpoint(torch.nn.Linear(1, 1), path)


def _pretrained_backbone(path, make_config):
    config = make_config()
    config.model.backbone.init_cfg = dict(type='Pretrained', checkpoint=path, prefix='backbone')
    runner = Runner.from_cfg(config)
    runner.model.init_weights()


ENTRANCES = [
    _test_runner,
    _resume_runner,
    _train_from,
    _init_model,
    _load_checkpoint,
    _pretrained_backbone,
]


@pytest.mark.parametrize('enter', ENTRANCES)
def test_every_entrance_refuses_a_poisoned_checkpoint(enter, poisoned, marker, make_config):
    with pytest.raises(UnsafePickleError, match=r'poisoned\.pth is refused: it holds \w+\.eval'):
        enter(poisoned, make_config)
    assert not marker.exists()
    torch.load(poisoned, weights_only=False)
    assert marker.exists(), 'the payload is a dud: this test would prove nothing'


@pytest.fixture
def serve(tmp_path, monkeypatch):
    """Return the address of ``tmp_path``; what is downloaded from it goes to a cache of its own."""

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args):
            pass

    monkeypatch.setenv('TORCH_HOME', str(tmp_path / 'cache'))
    monkeypatch.setenv('no_proxy', '*')
    handler = functools.partial(Handler, directory=str(tmp_path))
    with http.server.ThreadingHTTPServer(('127.0.0.1', 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f'http://127.0.0.1:{server.server_port}'
        server.shutdown()


def test_a_downloaded_checkpoint_loads_and_is_kept(serve, tmp_path):
    torch.save({'weight': torch.ones(2)}, tmp_path / 'model.pth')
    for _ in range(2):  # the second time from the cache
        checkpoint = CheckpointLoader.load_checkpoint(f'{serve}/model.pth', 'cpu')
        assert torch.equal(checkpoint['weight'], torch.ones(2))
        (tmp_path / 'model.pth').unlink(missing_ok=True)


def test_two_checkpoints_of_one_name_are_two(serve, tmp_path):
    for value, folder in enumerate(('a', 'b')):
        (tmp_path / folder).mkdir()
        torch.save({'weight': torch.tensor(value)}, tmp_path / folder / 'best.pth')
        assert CheckpointLoader.load_checkpoint(f'{serve}/{folder}/best.pth', 'cpu') == {
            'weight': torch.tensor(value)
        }


def test_a_name_with_a_hash_of_its_content_is_kept(serve, tmp_path):
    name = 'resnet_8xb32_coco-0a1b2c3d_20200101.pth'
    for file in (name, 'resnet18-0a1b2c3d.pth'):
        torch.save({}, tmp_path / file)
        CheckpointLoader.load_checkpoint(f'{serve}/{file}', 'cpu')
        assert (tmp_path / 'cache' / 'hub' / 'checkpoints' / file).is_file()


def test_an_address_without_a_file_is_named(serve):
    with pytest.raises(ValueError, match='expected the address of a checkpoint file'):
        CheckpointLoader.load_checkpoint(f'{serve}/folder/', 'cpu')


def test_a_downloaded_payload_is_refused(serve, tmp_path, marker):
    torch.save(_touch_by_eval(marker), tmp_path / 'model.pth')
    with pytest.raises(UnsafePickleError):
        CheckpointLoader.load_checkpoint(f'{serve}/model.pth', 'cpu')
    assert not marker.exists()


def test_a_program_in_torchscript_is_refused(tmp_path):
    path = tmp_path / 'model.pth'
    torch.jit.save(torch.jit.trace(torch.nn.Linear(1, 1), torch.ones(1)), path)
    with pytest.raises(UnsafePickleError, match='TorchScript'):
        load(path)


def test_code_in_the_stored_config_does_not_run_on_resume(
    checkpoint_file, marker, tmp_path, make_config
):
    code = f'open({str(marker)!r}, "w").close()'
    checkpoint = torch.load(checkpoint_file, weights_only=False)
    checkpoint['meta']['config'] = code
    path = tmp_path / 'model.pth'
    torch.save(checkpoint, path)
    Runner.from_cfg(make_config(load_from=str(path), resume=True)).train()
    assert not marker.exists()
    mmengine.Config.fromstring(code, file_format='.py')  # what MMEngine would do with it
    assert marker.exists(), 'the code is a dud: this test would prove nothing'


def test_the_checkpoints_of_this_run_are_what_pytorch_refuses(checkpoint_file):
    with zipfile.ZipFile(checkpoint_file) as archive:
        name = next(name for name in archive.namelist() if name.endswith('/data.pkl'))
        data = archive.read(name)
    for part in (b'getattr', b'HistoryBuffer', b'multiarray\nscalar', b'multiarray\n_reconstruct'):
        assert part in data


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
    elif isinstance(reference, torch.Tensor):
        assert ours.dtype == reference.dtype
        assert torch.equal(ours, reference)
    elif isinstance(reference, np.ndarray):
        assert ours.dtype == reference.dtype
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


def test_testing_a_checkpoint_gives_the_score_of_its_validation(trained, make_config):
    path = Path(trained.work_dir) / 'epoch_3.pth'
    metrics = Runner.from_cfg(make_config(load_from=str(path))).test()
    assert metrics['PCK'] == trained.message_hub.get_scalar('val/PCK').current()


def test_a_model_for_inference_has_the_weights_and_the_data_set_of_its_checkpoint(
    checkpoint_file, make_config
):
    model = init_model(make_config(), str(checkpoint_file), device='cpu')
    expected = torch.load(checkpoint_file, weights_only=False)
    for name, value in model.state_dict().items():
        assert torch.equal(value, expected['state_dict'][name])
    assert model.dataset_meta['dataset_name'] == 'tiny'
    assert model.dataset_meta['sigmas'].shape == (5,)


@pytest.mark.parametrize('save', [_save_zip, _save_legacy, _save_protocol_4])
def test_bare_weights_load(save, tmp_path):
    model = torch.nn.BatchNorm2d(3)
    model.weight.data.uniform_()
    save(model.state_dict(), tmp_path / 'model.pth')
    copy = torch.nn.BatchNorm2d(3)
    load_checkpoint(copy, str(tmp_path / 'model.pth'), strict=True)
    assert torch.equal(copy.weight, model.weight)


def test_the_target_device_is_passed_on(tmp_path):
    torch.save({'weight': torch.ones(2)}, tmp_path / 'model.pth')
    assert load(tmp_path / 'model.pth', map_location='meta')['weight'].is_meta


@pytest.mark.parametrize(
    'content', [b'', b'<!DOCTYPE html><html></html>', b'PK\x03\x04 and no more'], ids=repr
)
def test_what_is_no_checkpoint_is_named(content, tmp_path):
    (tmp_path / 'model.pth').write_bytes(content)
    with pytest.raises(RuntimeError, match=r'model\.pth is no checkpoint, or a damaged one'):
        load(tmp_path / 'model.pth')


def test_a_checkpoint_cut_short_is_named(checkpoint_file, tmp_path):
    data = checkpoint_file.read_bytes()
    (tmp_path / 'model.pth').write_bytes(data[: len(data) // 2])
    with pytest.raises(RuntimeError, match=r'model\.pth is no checkpoint, or a damaged one'):
        load(tmp_path / 'model.pth')


def test_a_missing_file_is_named_as_before(tmp_path):
    with pytest.raises(FileNotFoundError, match='absent'):
        load_checkpoint(torch.nn.Linear(1, 1), str(tmp_path / 'absent.pth'))


def test_only_the_loading_of_mmengine_is_replaced():
    assert torch.load.__module__ == 'torch.serialization'
    assert mmengine_checkpoint.torch.load is load
    for name in ('save', 'Tensor', 'optim', 'distributed', '__version__'):
        assert getattr(mmengine_checkpoint.torch, name) is getattr(torch, name)
