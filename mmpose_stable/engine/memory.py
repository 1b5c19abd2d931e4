"""Keep freed memory in the process instead of handing it back to the system after each layer."""

import ctypes

# Parameters of glibc's mallopt.
M_TRIM_THRESHOLD = -1
M_MMAP_THRESHOLD = -3
# Older versions refuse more than half of the largest heap, which is 32 MiB.
THRESHOLDS = (1 << 30, 32 << 20)


def keep_freed_memory() -> bool:
    """Let the C library reuse large blocks; returns whether it can (glibc only).

    By default glibc takes large tensors from the system anew each time, which clears their pages: a
    good part of a network's time on a CPU. From then on the memory of the process stays at its
    peak.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError, TypeError):
        return False  # another C library, which has its own habits
    return any(mallopt(M_MMAP_THRESHOLD, n) and mallopt(M_TRIM_THRESHOLD, n) for n in THRESHOLDS)
