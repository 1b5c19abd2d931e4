"""MMPose imports and trains where packages are missing; those that are there stay untouched."""

import sys
import types
from contextlib import nullcontext

import pytest

from mmpose_stable.compat.imports import stand_ins

WITHOUT_MMDET = """
import importlib.util
import mmpose_stable
import mmpose.models, mmpose.apis
from mmpose.apis import MMPoseInferencer
from mmpose.apis.inferencers import base_mmpose_inferencer
from mmengine.utils.dl_utils import mmcv_full_available
assert not base_mmpose_inferencer.has_mmdet
assert importlib.util.find_spec('mmdet') is None
assert not mmcv_full_available()
try:
    import mmdet
except ModuleNotFoundError as error:
    print('ABSENT', error)

from pathlib import Path
import tiny_runs
from mmengine.config import Config
from mmengine.runner import Runner
data = tiny_runs.write_data(Path('data'))
runner = Runner.from_cfg(Config.fromfile(tiny_runs.write_training(data, Path('tiny.py'))))
runner.train()
print('TRAINED', runner.iter)
"""

WITH_OPERATORS = """
import importlib.util
assert importlib.util.find_spec('pkg_resources') is None
import mmpose_stable
import mmcv.ops, mmpose.models
print('REAL', mmcv.ops.info.get_compiler_version())
from pathlib import Path
from mmengine.config import Config
from mmpose.apis import MMPoseInferencer
Path('config.py').write_text("_base_ = 'mmpose::_base_/default_runtime.py'")
print('SCOPE', Config.fromfile('config.py').default_scope)
"""


@pytest.mark.parametrize('error', [None, ZeroDivisionError])
def test_a_stand_in_is_importable_inside_the_block_only(error):
    module = types.ModuleType('no_such_module_elsewhere')
    with pytest.raises(error) if error else nullcontext(), stand_ins({module.__name__: module}):
        assert __import__('no_such_module_elsewhere') is module
        if error:
            raise error
    assert module.__name__ not in sys.modules


def test_mmpose_imports_and_trains_without_operators_mmdet_and_its_config_folder(run_python):
    result = run_python(
        WITHOUT_MMDET, without=('mmdet', 'mmdet-*', 'mmcv/_ext*', 'mmpose/.mim', 'mmpose-*')
    )
    assert result.returncode == 0, result.stderr
    assert "ABSENT No module named 'mmdet'" in result.stdout
    assert 'TRAINED 4' in result.stdout


def test_real_operators_are_left_alone_and_configs_are_found_without_pkg_resources(run_python):
    operators = "def __getattr__(name):\n    return lambda *args: f'real {name}'\n"
    missing = ('mmcv/_ext*', 'pkg_resources', 'setuptools*')
    result = run_python(WITH_OPERATORS, without=missing, files={'mmcv/_ext.py': operators})
    assert result.returncode == 0, result.stderr
    assert 'REAL real get_compiler_version' in result.stdout
    assert 'SCOPE mmpose' in result.stdout
