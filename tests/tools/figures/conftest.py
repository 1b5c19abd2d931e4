"""Tiny models of the same photographs of hands with random weights, as files."""

import pytest
import torch
from built_models import build_from_config
from tiny_hands import tiny_hands


def files_of(repo, folder, config):
    """Return paths of a config with three test pictures and of a random checkpoint."""
    path, weights = tiny_hands(repo, folder, config), folder / 'random.pth'
    torch.manual_seed(0)
    torch.save({'state_dict': build_from_config(path).model.state_dict()}, weights)
    return str(path), str(weights)


@pytest.fixture(scope='session')
def composite(repo, tmp_path_factory):
    """Config and checkpoint of a composite model at 96x96."""
    return files_of(repo, tmp_path_factory.mktemp('composite'), 'demo_hands')


@pytest.fixture(scope='session')
def heatmap(repo, tmp_path_factory):
    """Config and checkpoint of SimpleBaseline at 64x64."""
    return files_of(repo, tmp_path_factory.mktemp('heatmap'), 'stable/hands/base')
