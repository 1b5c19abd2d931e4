"""Heatmaps of two models for one photo."""

import cv2
import pytest
import torch
from built_models import build_from_config
from tiny_hands import tiny_hands

HAND = 'tools/demo/hands/images/0/IMG_1118.jpg'


@pytest.fixture(scope='module')
def models(repo, tmp_path_factory):
    """Config and random checkpoint of a composite and of a heatmap model."""
    words = []
    for config in ('demo_hands', 'stable/hands/base'):
        folder = tmp_path_factory.mktemp('model')
        path, weights = tiny_hands(repo, folder, config), folder / 'random.pth'
        torch.save({'state_dict': build_from_config(path).state_dict()}, weights)
        words += [path, weights]
    return words


def test_the_command_draws_each_model_and_names_a_wrong_keypoint(
    models, repo, tmp_path, run_tool, capsys
):
    out = tmp_path / 'maps.png'
    tool = run_tool('heatmaps', repo / HAND, *models, '--kind', 'spatter', '--out', out)
    assert min(cv2.imread(str(out)).shape[:2]) > 300
    photo = cv2.imread(str(repo / HAND))
    model = tool['load_model'](*map(str, models[2:]), 'cpu')
    found = tool['predict'](model, photo, [0, 0, 100, 100])
    assert found.keypoints.shape == (21, 2)
    assert found.maps.shape == (21, 16, 16)
    with pytest.raises(SystemExit):
        run_tool('heatmaps', repo / HAND, *models, '--keypoint', 'nose', '--out', tmp_path / 'b')
    assert '--keypoint: expected one of wrist' in capsys.readouterr().err
