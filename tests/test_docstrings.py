"""The examples in docstrings do what they say."""

import doctest
import importlib


def test_the_examples_run(repo):
    paths = sorted((repo / 'mmpose_stable').rglob('*.py'))
    paths = [path.relative_to(repo) for path in paths if '>>>' in path.read_text(encoding='utf-8')]
    names = ['.'.join(path.with_suffix('').parts) for path in paths]
    assert 'mmpose_stable.methods' in names
    for name in names:
        assert doctest.testmod(importlib.import_module(name)).failed == 0
