"""MMPose imports and trains where packages are missing; those that are there stay untouched."""

import os
import subprocess
import sys

import pytest
import torch
from torch.nn.functional import conv2d, pad

from mmpose_stable.compat.stand_ins import MissingOperators

HIDE = """
import sys
from importlib.machinery import PathFinder

class Hiding(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        return None if name in {without} else super().find_spec(name, path, target)

sys.meta_path[sys.meta_path.index(PathFinder)] = Hiding
"""


@pytest.fixture
def run_python(tmp_path, repo):
    """Return a function that runs code in a fresh interpreter without the named modules."""

    def run(code, *without):
        paths = (repo, repo / 'tests/helpers', repo / 'tools/converters')
        return subprocess.run(
            [sys.executable, '-W', 'ignore', '-c', HIDE.format(without=without) + code],
            cwd=tmp_path,
            env={**os.environ, 'PYTHONPATH': os.pathsep.join(map(str, paths))},
            capture_output=True,
            text=True,
            check=False,
        )

    return run


WITHOUT_BOTH = """
import importlib.util
from pathlib import Path
import mmpose_stable
import mmpose.models, mmpose.apis
from mmpose.apis import MMPoseInferencer
from mmpose.apis.inferencers import base_mmpose_inferencer
from mmengine.config import Config
from mmengine.runner import Runner
from mmengine.utils.dl_utils import mmcv_full_available
import tiny_runs
runner = Runner.from_cfg(Config.fromfile(tiny_runs.write_training(Path())))
runner.train()
assert runner.iter == 4
assert not base_mmpose_inferencer.has_mmdet
assert importlib.util.find_spec('mmdet') is None  # as an import would find
assert not mmcv_full_available()
"""

WITH_OPERATORS = """
import importlib.util, types
from pathlib import Path
assert importlib.util.find_spec('pkg_resources') is None
real = types.ModuleType('mmcv._ext')
real.__file__ = 'real.py'
real.__getattr__ = lambda name: lambda *args: f'real {name}'
sys.modules['mmcv._ext'] = real
import mmpose_stable
import mmcv.ops, mmpose.models
from mmengine.config import Config
from mmpose.apis import MMPoseInferencer
assert mmcv.ops.info.get_compiler_version() == 'real get_compiler_version'
Path('config.py').write_text("_base_ = 'mmpose::_base_/default_runtime.py'")
assert Config.fromfile('config.py').default_scope == 'mmpose'
"""


def test_without_mmpose_the_import_says_how_to_get_it(run_python):
    result = run_python('import mmpose_stable', 'mmpose')
    assert result.returncode == 1
    assert result.stderr.strip().splitlines()[-1] == (
        'ImportError: mmpose_stable needs mmpose >= 1.2, but mmpose is not installed: '
        'pip install --no-deps "mmpose>=1.2"'
    )


def test_mmpose_imports_and_trains_without_operators_and_mmdet(run_python):
    result = run_python(WITHOUT_BOTH, 'mmcv._ext', 'mmdet')
    assert result.returncode == 0, result.stderr


def test_real_operators_are_left_alone_and_configs_are_found_without_pkg_resources(run_python):
    result = run_python(WITH_OPERATORS, 'pkg_resources')
    assert result.returncode == 0, result.stderr


def test_an_operator_is_there_and_calling_it_says_what_to_install():
    function = MissingOperators('mmcv._ext').ms_deform_attn_forward
    with pytest.raises(RuntimeError, match=r"'ms_deform_attn_forward'.*mim install mmcv"):
        function(1, im2col_step=2)


def test_convolution_at_moved_places_is_a_convolution_of_the_moved_picture():
    picture, weight = torch.randn(1, 4, 9, 8), torch.randn(6, 2, 3, 3)
    sizes = {'dH': 1, 'dW': 1, 'padH': 1, 'padW': 1, 'dilationH': 1, 'dilationW': 1}
    offset = torch.zeros(1, 18, 9, 8)
    offset[:, ::2] = 1  # one row down
    output = torch.empty(1, 6, 9, 8)
    MissingOperators.deform_conv_forward(picture, weight, offset, output, group=2, **sizes)
    down = pad(picture, (0, 0, 0, 1))[:, :, 1:]
    expected = conv2d(down, weight, padding=1, groups=2)
    torch.testing.assert_close(output[:, :, 1:-1], expected[:, :, 1:-1])
