import runpy
import sys

import pytest


@pytest.fixture
def convert(repo, monkeypatch):
    """Run a converter as a command line does, in this process."""

    def run(name, *arguments):
        monkeypatch.setattr(sys, 'argv', [f'{name}.py', *map(str, arguments)])
        runpy.run_path(str(repo / 'tools' / 'converters' / f'{name}.py'), run_name='__main__')

    return run
