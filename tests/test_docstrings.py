"""The examples in docstrings do what they say."""

import doctest
import importlib


def examples(repo):
    for path in sorted((repo / 'mmpose_stable').rglob('*.py')):
        if '>>>' in path.read_text(encoding='utf-8'):
            yield '.'.join(path.relative_to(repo).with_suffix('').parts)


def test_the_examples_run(repo):
    names = list(examples(repo))
    assert 'mmpose_stable.methods' in names
    for name in names:
        assert doctest.testmod(importlib.import_module(name)).failed == 0
