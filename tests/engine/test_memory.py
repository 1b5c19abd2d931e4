"""Freed memory stays in the process: counted in page faults, in a process of its own."""

import ctypes
import platform
import subprocess
import sys

import pytest

from mmpose_stable.engine.memory import keep_freed_memory

# The page faults of taking 16 MiB forty times, before and after.
COUNT_FAULTS = """
import resource
import numpy as np
from mmpose_stable.engine.memory import keep_freed_memory

def count_faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(40):
        np.ones(1 << 24, dtype=np.uint8)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

by_default = count_faults()
assert keep_freed_memory()
count_faults()  # takes the block that is kept
print(by_default, count_faults())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != 'glibc', reason='another C library')
def test_a_large_block_is_taken_from_the_system_once():
    run = subprocess.run(
        [sys.executable, '-c', COUNT_FAULTS], capture_output=True, text=True, check=True
    )
    by_default, kept = (int(count) for count in run.stdout.split())
    assert kept < by_default / 10


class WithoutMallopt:
    def __init__(self, name):
        pass


class WithDeafMallopt:
    def __init__(self, name):
        self.mallopt = lambda parameter, value: 0


@pytest.mark.parametrize('library', [WithoutMallopt, WithDeafMallopt])
def test_another_c_library_is_left_as_it_is(library, monkeypatch):
    monkeypatch.setattr(ctypes, 'CDLL', library)
    assert not keep_freed_memory()


def test_an_older_glibc_gets_the_smaller_threshold(monkeypatch):
    class Older:
        def __init__(self, name):
            self.mallopt = lambda parameter, value: int(value <= 32 << 20)

    monkeypatch.setattr(ctypes, 'CDLL', Older)
    assert keep_freed_memory()
