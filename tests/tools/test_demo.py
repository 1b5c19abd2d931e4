"""What tools/ does beyond calling the package."""

import importlib.util
import sys

import pytest


@pytest.fixture
def demo(repo):
    """Return tools/demo.py as a module."""
    spec = importlib.util.spec_from_file_location('demo', repo / 'tools' / 'demo.py')
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_demo_trains_once_tests_and_writes_its_page(demo, tmp_path, monkeypatch, capsys):
    small = ('--cfg-options', 'train_cfg.max_iters=1', 'train_cfg.val_interval=5')
    small += ('train_dataloader.batch_size=2', 'train_dataloader.num_workers=0')
    small += ('train_dataloader.persistent_workers=False', 'val_dataloader.num_workers=0')
    small += ('val_dataloader.persistent_workers=False',)
    few = ('test_dataloader.dataset.indices=3', 'test_dataloader.num_workers=0')
    few += ('test_dataloader.persistent_workers=False', 'test_cfg.severities=[1]')
    train, test, stabilize = demo.train, demo.test, demo.stabilize
    monkeypatch.setattr(demo, 'train', lambda words: train([*words, *small]))
    monkeypatch.setattr(demo, 'test', lambda words: test([*words, '--cfg-options', *few]))
    short = ('--updates', '1', '--test-persons', '2', *small[:1], 'train_dataloader.batch_size=2')
    monkeypatch.setattr(demo, 'stabilize', lambda words: stabilize([*words, *short]))
    monkeypatch.setattr(demo, 'fast_bfloat16', lambda: False)
    monkeypatch.setattr(sys, 'argv', ['demo.py', '--work-dir', str(tmp_path), '--no-open'])
    demo.main()
    printed = capsys.readouterr().out
    for page in ('robustness/report.html', 'stable/before_after.html'):
        assert f': {tmp_path / page}' in printed
        assert (tmp_path / page).is_file()
