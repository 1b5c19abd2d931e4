"""A missing or too old package is one clear error."""

import sys
import types

import pytest

from mmpose_stable.compat.requirements import REQUIREMENTS, check_requirement, check_requirements


def test_versions_are_compared_as_numbers(monkeypatch):
    monkeypatch.setitem(sys.modules, 'mmengine', types.SimpleNamespace(__version__='0.9.1'))
    with pytest.raises(ImportError, match=r'mmengine >= 0\.10, but mmengine 0\.9\.1 is installed'):
        check_requirements()


@pytest.mark.parametrize(('name', 'minimum', 'install'), REQUIREMENTS)
def test_the_lowest_version_is_taken(name, minimum, install, monkeypatch):
    package = types.SimpleNamespace(__version__=f'{minimum}.0rc4+cpu')
    monkeypatch.setitem(sys.modules, name, package)
    check_requirement(name, minimum, install)


@pytest.mark.parametrize(
    ('code', 'error', 'message'),
    [
        # A package that refuses its own dependencies, and one that lacks a dependency.
        ("raise AssertionError('MMCV==9 is incompatible')", ImportError, 'MMCV==9 is incompatible'),
        ('import no_such_package', ModuleNotFoundError, 'no_such_package'),
    ],
)
def test_a_package_that_does_not_import_says_why(code, error, message, tmp_path, monkeypatch):
    (tmp_path / 'picky.py').write_text(code)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, 'picky', raising=False)
    with pytest.raises(error, match=message):
        check_requirement('picky', '1.0', 'pip install picky')


def test_without_mmpose_the_import_says_how_to_get_it(run_python):
    result = run_python('import mmpose_stable', 'mmpose')
    assert result.returncode == 1
    assert result.stderr.strip().splitlines()[-1] == (
        'ImportError: mmpose_stable needs mmpose >= 1.2, but mmpose is not installed: '
        'pip install --no-deps "mmpose>=1.2"'
    )
