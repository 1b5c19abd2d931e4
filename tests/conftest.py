"""Shared fixtures. Real data comes from one folder; tests that need it skip without it."""

import os
import runpy
import sys
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

import mmpose_stable  # noqa: F401  before anything of mmpose.models

# isort: split
import tiny_runs
from mmengine.registry import init_default_scope
from mmengine.runner import Runner
from mmengine.visualization import Visualizer
from mmpose.datasets.datasets.utils import parse_pose_metainfo
from mmpose.visualization import PoseLocalVisualizer

REPO = Path(__file__).resolve().parents[1]
DATA_VARIABLE = 'MMPOSE_STABLE_DATA'

torch.set_num_threads(1)  # sums in the same order in every process


@pytest.fixture(scope='session')
def shared_data():
    """Return the folder of small real data sets, or skip the test."""
    folder = Path(os.environ.get(DATA_VARIABLE, REPO.parent / 'shared' / 'data'))
    if not folder.is_dir():
        pytest.skip(f'no real data in {folder}; set {DATA_VARIABLE} to its folder')
    return folder


@pytest.fixture(scope='session')
def repo():
    """Return the root of the checkout."""
    return REPO


@pytest.fixture
def run_tool(monkeypatch):
    """Run a script of tools/ as a command line does, in this process; return its names."""

    def run(name, *arguments):
        monkeypatch.setattr(sys, 'argv', [f'{name}.py', *map(str, arguments)])
        return runpy.run_path(str(REPO / 'tools' / f'{name}.py'), run_name='__main__')

    return run


@pytest.fixture(autouse=True)
def _seeded():
    torch.manual_seed(0)
    np.random.seed(0)  # noqa: NPY002 - MMPose draws from this state


@pytest.fixture(autouse=True, scope='session')
def _quick_runners():
    # Most of the time of a tiny run: to lay out the text of its config, which it writes several
    # times, and to collect the garbage of this whole process for every data set.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr('mmengine.config.config.FormatCode', lambda text, **_: (text, True))
        patch.setattr('mmengine.dataset.base_dataset.gc', SimpleNamespace(collect=lambda: 0))
        init_default_scope('mmpose')  # as a runner does
        yield


@pytest.fixture(autouse=True, scope='module')
def _own_visualizers():
    # MMEngine keeps visualizers by name: a runner would log into that of a module before.
    yield
    for kind in (Visualizer, PoseLocalVisualizer):
        kind._instance_dict.clear()


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
