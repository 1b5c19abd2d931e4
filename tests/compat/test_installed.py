"""MMEngine finds installed packages without pkg_resources."""

import os

import mmpose
import pytest

from mmpose_stable.compat.installed import get_installed_path, is_installed

WITHOUT_PKG_RESOURCES = """
import importlib.util
assert importlib.util.find_spec('pkg_resources') is None
import mmpose_stable
from pathlib import Path
from mmengine.config import Config
from mmpose.apis import MMPoseInferencer
Path('config.py').write_text("_base_ = 'mmpose::_base_/default_runtime.py'")
print('SCOPE', Config.fromfile('config.py').default_scope)
"""


@pytest.mark.parametrize('package', ['mmpose', 'mmengine', 'numpy'])
def test_a_module_is_found_in_its_folder(package):
    module = __import__(package)
    assert is_installed(package)
    assert get_installed_path(package) == os.path.dirname(module.__file__)


def test_a_distribution_of_another_name_gives_the_folder_of_its_module(tmp_path, monkeypatch):
    (tmp_path / 'body').mkdir()
    (tmp_path / 'body/__init__.py').touch()
    (tmp_path / 'body_full-1.0.dist-info').mkdir()
    (tmp_path / 'body_full-1.0.dist-info/METADATA').write_text('Name: body-full\nVersion: 1.0\n')
    (tmp_path / 'body_full-1.0.dist-info/top_level.txt').write_text('body\n')
    monkeypatch.syspath_prepend(tmp_path)
    assert is_installed('body-full')
    assert get_installed_path('body-full') == str(tmp_path / 'body')


def test_an_absent_package_is_named():
    assert not is_installed('no_such_package')
    with pytest.raises(ModuleNotFoundError, match='no_such_package is not installed'):
        get_installed_path('no_such_package')


def test_the_answers_are_those_of_mmengine():
    pytest.importorskip('pkg_resources')
    from mmengine.utils import package_utils

    assert get_installed_path('mmpose') == package_utils.get_installed_path('mmpose')
    assert package_utils.get_installed_path('mmpose') == os.path.dirname(mmpose.__file__)
    for package in ('mmpose', 'torch', 'no_such_package'):
        assert is_installed(package) == package_utils.is_installed(package)


def test_without_pkg_resources_configs_and_inferencers_of_mmpose_work(run_python):
    result = run_python(WITHOUT_PKG_RESOURCES, without=('pkg_resources', 'setuptools*'))
    assert result.returncode == 0, result.stderr
    assert 'SCOPE mmpose' in result.stdout
