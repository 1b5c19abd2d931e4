"""Freed memory stays in the process: counted in page faults, in a process of its own."""

import platform
import subprocess
import sys

import pytest

from mmpose_stable.engine import memory

# The page faults of taking 16 MiB forty times, before and after.
COUNT_FAULTS = """
import resource, runpy, sys
import numpy as np

def count_faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(40):
        np.ones(1 << 24, dtype=np.uint8)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

by_default = count_faults()
assert runpy.run_path(sys.argv[1])['keep_freed_memory']()
count_faults()  # takes the block that is kept
print(by_default, count_faults())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != 'glibc', reason='another C library')
def test_a_large_block_is_taken_from_the_system_once():
    command = [sys.executable, '-c', COUNT_FAULTS, memory.__file__]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    by_default, kept = (int(count) for count in run.stdout.split())
    assert kept < by_default / 10
