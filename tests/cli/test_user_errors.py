"""What a user gives wrong is one line that says what to change."""

import sys

import pytest
from tiny_runs import write_training

from mmpose_stable.cli.command import explain, run
from mmpose_stable.cli.test import main as run_test
from mmpose_stable.cli.train import main as run_train
from mmpose_stable.config_parts import read_config


@pytest.fixture
def config(tmp_path):
    return write_training(tmp_path)


@pytest.mark.parametrize(
    ('words', 'expected'),
    [
        ('train none.py', "error: config: expected a file, got 'none.py'"),
        ('train mmpose::no/such.py', "config: expected a file, got 'mmpose::no/such.py'"),
        ('train {config} --work-dir {config}', '--work-dir: cannot write'),
        ('train {config} --resume none.pth', '--resume: expected a checkpoint file'),
        ('train {config} --auto-scale-lr', 'needs `auto_scale_lr.base_batch_size`'),
        ('test {config} none.pth', "checkpoint: expected a checkpoint file, got 'none"),
        ('test {config} a.pth --out {config}/a.json', '--out: cannot write'),
        ('test {config} a.pth --out a.yml', '--out: expected a name ending in .json'),
        ('train {config} --cfg-options a.b', "--cfg-options: expected key=value, got 'a"),
        (
            'train {config} --cfg-options model.head.type=HeatmapHaed',
            'HeatmapHaed is not in the mmpose::model registry',
        ),
        (
            'train {config} --cfg-options optim_wrapper.optimizer.type=AdamWW',
            'AdamWW is not in the optimizer registry',
        ),
        (
            'train {config} --cfg-options model.head.out_chanels=5',
            "HeatmapHead.__init__() got an unexpected keyword argument 'out_chanels'",
        ),
        (
            'train {config} --cfg-options train_dataloader.dataset.ann_file=none.json',
            'as `data_root` (--data-root)',
        ),
    ],
)
def test_the_error_is_one_line(words, expected, config, tmp_path, monkeypatch, capsys):
    command, *words = [word.format(config=config) for word in words.split()]
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, 'argv', ['command.py', *words])
    with pytest.raises(SystemExit, match='2'):
        run({'train': run_train, 'test': run_test}[command])
    assert expected in capsys.readouterr().err.splitlines()[-1]


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
