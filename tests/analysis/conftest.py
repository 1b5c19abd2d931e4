"""Tiny models of the same rendered hands with random weights, as files."""

import pytest
import torch

from built_models import build_from_config

TINY = """
_base_ = {base!r}
hands = dict(num_samples=3, views='palm', image_size=(112, 112))
test_dataloader = dict(num_workers=0, persistent_workers=False, dataset=hands)
"""


def files_of(repo, folder, config):
    """Return paths of a config with three test pictures and of a random checkpoint."""
    path, weights = folder / f'{config}.py', folder / f'{config}.pth'
    path.write_text(TINY.format(base=str(repo / 'configs' / f'{config}.py')))
    torch.manual_seed(0)
    torch.save({'state_dict': build_from_config(path).model.state_dict()}, weights)
    return str(path), str(weights)


@pytest.fixture(scope='session')
def composite(repo, tmp_path_factory):
    """Config and checkpoint of a composite model at 96x96."""
    return files_of(repo, tmp_path_factory.mktemp('composite'), 'demo_synth_hand')


@pytest.fixture(scope='session')
def heatmap(repo, tmp_path_factory):
    """Config and checkpoint of SimpleBaseline at 128x128."""
    return files_of(repo, tmp_path_factory.mktemp('heatmap'), 'simple_resnet18_synth_hand')
