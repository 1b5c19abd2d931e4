"""One generated data set for all robustness runs."""

from functools import cache
from types import SimpleNamespace

import pytest
import tiny_runs
import torch
from mmengine.runner import Runner
from mmpose.datasets.datasets.utils import parse_pose_metainfo


@pytest.fixture(scope='session')
def tiny_data(tmp_path_factory):
    """Seven persons in four of five small pictures."""
    return tiny_runs.write_data(tmp_path_factory.mktemp('tiny') / 'data')


@pytest.fixture
def model():
    """The tiny model of ``cfg``, where a test is not parametrised by it."""
    return 'msra'


@pytest.fixture
def cfg(tiny_data, tmp_path, model):
    """The config of a usual test of a tiny model, with the test's own folder to work in."""
    return tiny_runs.tiny_config(tiny_data, tmp_path, model)


@pytest.fixture(scope='session')
def finished(tmp_path_factory, tiny_data):
    """Return a function that runs a tiny model once a session and returns folder and log.

    What it wrote is not to be changed.
    """

    @cache
    def run(model):
        work = tmp_path_factory.mktemp(model)
        cfg = tiny_runs.tiny_config(tiny_data, work, model)
        logged = tiny_runs.robustness_runner(cfg, *tiny_runs.FEW, chunk_size=2).test()
        return SimpleNamespace(folder=work / 'robustness', logged=logged)

    return run


@pytest.fixture(scope='session')
def model_files(tmp_path_factory, tiny_data):
    """Config and checkpoint of a tiny model, as a training leaves them."""
    folder = tmp_path_factory.mktemp('model')
    cfg = tiny_runs.tiny_config(tiny_data, folder)
    cfg.data_root = f'{tiny_data}/'
    runner = tiny_runs.lively(Runner.from_cfg(cfg))
    meta = {'dataset_meta': parse_pose_metainfo(tiny_runs.META)}
    torch.save({'state_dict': runner.model.state_dict(), 'meta': meta}, folder / 'tiny.pth')
    cfg.dump(str(folder / 'tiny.py'))
    return str(folder / 'tiny.py'), str(folder / 'tiny.pth')
