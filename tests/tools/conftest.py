import runpy
import sys

import pytest


@pytest.fixture
def run_tool(repo, monkeypatch):
    """Run a tool as a command line does, in this process; return its names."""

    def run(name, *arguments):
        monkeypatch.setattr(sys, 'argv', [f'{name}.py', *map(str, arguments)])
        return runpy.run_path(str(repo / 'tools' / f'{name}.py'), run_name='__main__')

    return run
