"""Interpreters in which some packages are missing."""

import os
import subprocess
import sys

import pytest

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
