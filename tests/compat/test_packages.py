"""Packages that are missing, too old, or installed under another name than that of their module."""

import sys
import types

import pytest

from mmpose_stable.compat.installed import get_installed_path, is_installed
from mmpose_stable.compat.requirements import REQUIREMENTS, check_requirement


@pytest.mark.parametrize(('name', 'minimum', 'install'), REQUIREMENTS)
def test_the_lowest_version_is_taken(name, minimum, install, monkeypatch):
    package = types.SimpleNamespace(__version__=f'{minimum}.0rc4+cpu')
    monkeypatch.setitem(sys.modules, name, package)
    check_requirement(name, minimum, install)


@pytest.mark.parametrize(
    ('code', 'error', 'message'),
    [
        (
            "__version__ = '0.9.1'",
            ImportError,
            r'picky >= 0\.10, but picky 0\.9\.1 is installed: get',
        ),
        # A package that refuses its own dependencies, and one that lacks a dependency.
        ("raise AssertionError('MMCV==9 is incompatible')", ImportError, 'MMCV==9 is incompatible'),
        ('import no_such_package', ModuleNotFoundError, 'no_such_package'),
    ],
)
def test_an_unfit_package_is_named(code, error, message, tmp_path, monkeypatch):
    (tmp_path / 'picky.py').write_text(code)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, 'picky', raising=False)
    with pytest.raises(error, match=message):
        check_requirement('picky', '0.10', 'get it')


@pytest.mark.parametrize('name', ['body', 'body-full'])
def test_a_module_and_a_distribution_of_another_name_give_its_folder(name, tmp_path, monkeypatch):
    (tmp_path / 'body').mkdir()
    (tmp_path / 'body/__init__.py').touch()
    (tmp_path / 'body_full-1.0.dist-info').mkdir()
    (tmp_path / 'body_full-1.0.dist-info/METADATA').write_text('Name: body-full\nVersion: 1.0\n')
    (tmp_path / 'body_full-1.0.dist-info/top_level.txt').write_text('body\n')
    monkeypatch.syspath_prepend(tmp_path)
    assert is_installed(name)
    assert get_installed_path(name) == str(tmp_path / 'body')


def test_an_absent_package_is_named():
    assert not is_installed('no_such_package')
    with pytest.raises(ModuleNotFoundError, match='no_such_package is not installed'):
        get_installed_path('no_such_package')
