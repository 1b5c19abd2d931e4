"""Scripts for one's own eyes: the demo, heatmaps of two models, and a sheet of perturbations."""

import importlib.util
import sys

import cv2
import pytest
import torch
from built_models import build_from_config
from tiny_hands import tiny_hands

HAND = 'tools/demo/hands/images/0/IMG_1118.jpg'


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


def test_heatmaps_are_drawn_of_each_model_and_a_wrong_keypoint_is_named(
    repo, tmp_path, run_tool, capsys
):
    models = []
    for config in ('demo_hands', 'stable/hands/base'):  # a composite and a heatmap model
        folder = tmp_path / config
        folder.mkdir(parents=True)
        path, weights = tiny_hands(repo, folder, config), folder / 'random.pth'
        torch.save({'state_dict': build_from_config(path).state_dict()}, weights)
        models += [path, weights]
    out = tmp_path / 'maps.png'
    run_tool('heatmaps', repo / HAND, *models, '--kind', 'spatter', '--out', out)
    assert min(cv2.imread(str(out)).shape[:2]) > 300
    with pytest.raises(SystemExit):
        run_tool('heatmaps', repo / HAND, *models, '--keypoint', 'nose', '--out', tmp_path / 'b')
    assert '--keypoint: expected one of wrist' in capsys.readouterr().err


def test_a_sheet_has_rows_of_kinds_and_columns_of_severities(repo, run_tool, tmp_path):
    out = tmp_path / 'sheet.png'
    run_tool('perturbation_sheet', repo / HAND, '--kinds', 'snow,saturate', '--out', out)
    label, picture = 190, 224
    assert cv2.imread(str(out)).shape == (2 * picture, label + 6 * picture, 3)


def test_a_sheet_of_a_picture_that_is_none_is_an_error(run_tool, capsys):
    with pytest.raises(SystemExit):
        run_tool('perturbation_sheet', 'absent.jpg')
    assert "image: expected a readable picture, got 'absent.jpg'" in capsys.readouterr().err
