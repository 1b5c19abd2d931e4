"""Keep freed memory in the process instead of handing it back to the system after each layer."""

from __future__ import annotations

import ctypes

# Parameters of glibc's mallopt.
M_TRIM_THRESHOLD = -1
M_MMAP_THRESHOLD = -3
# Older versions refuse more than half of the largest heap, which is 32 MiB.
THRESHOLDS = (1 << 30, 32 << 20)


def keep_freed_memory() -> bool:
    """Let the C library reuse large blocks; returns whether it can (glibc only).

    By default glibc asks the system for large tensors and gives them back when they are freed. The
    system clears each page anew when it is first written, which on a CPU costs a network with large
    feature maps a good part of its time. This changes no value. It holds for the whole process from
    then on, whose memory stays at its peak.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError, TypeError):
        return False  # another C library, which has its own habits
    return any(mallopt(M_MMAP_THRESHOLD, n) and mallopt(M_TRIM_THRESHOLD, n) for n in THRESHOLDS)
