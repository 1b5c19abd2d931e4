"""What a user gives wrong is one line that says what to change."""

import sys

import pytest
import torch
from mmpose.registry import OPTIMIZERS
from tiny_runs import write_training
from torch import nn

import mmpose_stable_command
from mmpose_stable.cli.command import explain, run
from mmpose_stable.cli.train import main as run_train
from mmpose_stable.config_parts import read_config
from mmpose_stable.engine.command_runner import CommandRunner


@pytest.fixture
def config(tmp_path):
    return write_training(tmp_path)


@pytest.fixture
def said_by(config, tmp_path, monkeypatch, capsys):
    """Return the last line that a command prints as it fails."""
    monkeypatch.chdir(tmp_path)

    def said(command):
        words = command.replace('CONFIG', config).split()
        monkeypatch.setattr(sys, 'argv', ['mmpose-stable', *words])
        with pytest.raises(SystemExit, match='2'):
            mmpose_stable_command.main()
        return capsys.readouterr().err.splitlines()[-1]

    return said


@pytest.mark.parametrize(
    ('command', 'expected'),
    [
        ('train none.py', "error: config: expected a file, got 'none.py'"),
        ('train mmpose::no/such.py', "config: expected a file, got 'mmpose::no/such.py'"),
        ('train CONFIG --work-dir CONFIG', '--work-dir: cannot write'),
        ('train CONFIG --resume none.pth', '--resume: expected a checkpoint file'),
        ('train CONFIG --auto-scale-lr', 'needs `auto_scale_lr.base_batch_size`'),
        ('test CONFIG none.pth', "checkpoint: expected a checkpoint file, got 'none"),
        ('test CONFIG a.pth --out CONFIG/a.json', '--out: cannot write'),
        ('test CONFIG a.pth --out a.yml', '--out: expected a name ending in .json'),
    ],
)
def test_the_error_is_one_line(command, expected, said_by):
    assert expected in said_by(command)


@pytest.mark.parametrize(
    ('option', 'expected'),
    [
        ('a.b', "--cfg-options: expected key=value, got 'a"),
        ('model.head.type=HeatmapHaed', "mmpose::model registry; did you mean 'HeatmapHead'?"),
        ('optim_wrapper.optimizer.type=AdamWW', "optimizer registry; did you mean 'AdamW'?"),
        (
            'model.head.out_chanels=5',
            "`HeatmapHead` has no setting 'out_chanels'; did you mean 'out_channels'?",
        ),
        ('train_dataloader.dataset.ann_file=none.json', 'as `data_root` (--data-root)'),
    ],
)
def test_a_wrong_setting_is_named(option, expected, said_by):
    assert expected in said_by(f'train CONFIG --cfg-options {option}')


def test_an_optimizer_that_a_user_registered_with_mmpose_is_found():
    @OPTIMIZERS.register_module(force=True)
    class MyOptimizer(torch.optim.SGD):
        pass

    runner = CommandRunner.__new__(CommandRunner)
    runner.model = nn.Linear(1, 1)
    wrapper = {'type': 'OptimWrapper', 'optimizer': {'type': 'MyOptimizer', 'lr': 0.1}}
    assert type(runner.build_optim_wrapper(wrapper).optimizer) is MyOptimizer


@pytest.mark.parametrize(
    ('text', 'expected'),
    [
        ('model = dict(', r'cannot be read: SyntaxError: .*never closed'),
        ('model = wrong', "cannot be read: NameError: name 'wrong'"),
        ("_base_ = ['none.py']", 'cannot be read: FileNotFoundError: .*none.py'),
        ('x = 1', 'has no `model`'),
    ],
)
def test_a_config_that_fails_is_named_with_pythons_words(text, expected, tmp_path):
    (tmp_path / 'wrong.py').write_text(text)
    with pytest.raises(ValueError, match=rf'the config .*wrong\.py {expected}') as caught:
        read_config(str(tmp_path / 'wrong.py'))
    assert explain(caught.value) == str(caught.value)  # and not that data are absent


class Unreadable(torch.utils.data.Dataset):
    def __getitem__(self, at):
        raise FileNotFoundError(f'img file does not exist: {at}.jpg')


def test_what_a_process_that_loads_data_said_is_kept_without_its_traceback():
    loader = torch.utils.data.DataLoader(Unreadable(), sampler=[3], num_workers=1)
    with pytest.raises(FileNotFoundError) as caught:
        next(iter(loader))
    assert 'Traceback' in str(caught.value)
    said = explain(caught.value)
    assert said.startswith('img file does not exist: 3.jpg; if it belongs to the data, give')


def test_debugging_and_errors_of_the_program_keep_the_traceback(monkeypatch):
    monkeypatch.setattr(sys, 'argv', ['train.py', 'none.py', '--debug'])
    with pytest.raises(ValueError, match='config: expected a file'):
        run(run_train)
    assert explain(TypeError('unsupported operand')) is None


def test_runs_of_one_second_describe_themselves_in_their_own_log_files_alone(
    config, tmp_path, monkeypatch, capfd
):
    monkeypatch.setattr('mmengine.runner.runner.time.time', lambda: 1e9)
    for folder in ('first', 'second'):
        words = ['--work-dir', str(tmp_path / folder), '--cfg-options', 'log_level=INFO']
        run_train([config, *words])
        printed = ''.join(capfd.readouterr())
        (log,) = (tmp_path / folder).glob('*/*.log')
        for words in ('System environment:', 'Hooks will be executed'):
            assert words in log.read_text()
            assert words not in printed
        for text in (log.read_text(), printed):
            assert 'Checkpoints will be saved to' in text
