"""The demo, with a training of one update."""

import importlib.util
import sys


def test_the_demo_trains_once_tests_and_writes_its_page(repo, tmp_path, monkeypatch, capsys):
    spec = importlib.util.spec_from_file_location('demo', repo / 'tools' / 'demo.py')
    demo = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(demo)

    def shorten(command, *more):
        run = getattr(demo, command)
        monkeypatch.setattr(demo, command, lambda words: run([*words, *more]))

    def quick(*loaders):
        settings = {'num_workers': 0, 'persistent_workers': False}
        return [f'{part}_dataloader.{k}={v}' for part in loaders for k, v in settings.items()]

    once = '--cfg-options', 'train_cfg.max_iters=1', 'train_dataloader.batch_size=2'
    shorten('train', *once, 'train_cfg.val_interval=5', *quick('train', 'val'))
    few = '--cfg-options', 'test_dataloader.dataset.indices=3', 'test_cfg.severities=[1]'
    shorten('test', *few, *quick('test'))
    persons = '--updates', '1', '--test-persons', '2'
    shorten('stabilize', *persons, '--cfg-options', 'train_dataloader.batch_size=2')
    monkeypatch.setattr(demo, 'fast_bfloat16', lambda device: False)
    monkeypatch.setattr(sys, 'argv', ['demo.py', '--work-dir', str(tmp_path), '--no-open'])
    demo.main()
    printed = capsys.readouterr().out
    for page in ('robustness/report.html', 'stable/before_after.html'):
        assert f': {tmp_path / page}' in printed
        assert (tmp_path / page).is_file()
