"""MMEngine finds installed packages without pkg_resources."""

import os

import mmpose
import pytest
from mmengine.utils import package_utils

from mmpose_stable.compat.installed import get_installed_path, is_installed


def test_a_module_is_found_in_its_folder_also_by_mmengine():
    assert package_utils.get_installed_path is get_installed_path
    assert get_installed_path('mmpose') == os.path.dirname(mmpose.__file__)
    assert is_installed('mmpose')


def test_a_distribution_of_another_name_gives_the_folder_of_its_module(tmp_path, monkeypatch):
    (tmp_path / 'body').mkdir()
    (tmp_path / 'body/__init__.py').touch()
    (tmp_path / 'body_full-1.0.dist-info').mkdir()
    (tmp_path / 'body_full-1.0.dist-info/METADATA').write_text('Name: body-full\nVersion: 1.0\n')
    (tmp_path / 'body_full-1.0.dist-info/top_level.txt').write_text('body\n')
    monkeypatch.syspath_prepend(tmp_path)
    assert get_installed_path('body-full') == str(tmp_path / 'body')


def test_an_absent_package_is_named():
    assert not is_installed('no_such_package')
    with pytest.raises(ModuleNotFoundError, match='no_such_package is not installed'):
        get_installed_path('no_such_package')
