"""Interpreters in which some packages are missing."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

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
def run_python(tmp_path: Path, repo: Path) -> Callable[..., subprocess.CompletedProcess]:
    """Return a function that runs code in a fresh interpreter without the named modules."""

    def run(code: str, *without: str) -> subprocess.CompletedProcess:
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
