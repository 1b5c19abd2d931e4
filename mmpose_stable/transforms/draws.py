"""Where random transforms take their key from."""

from __future__ import annotations

import numpy as np


def draw_number() -> int:
    """Return a number from NumPy's global state, as the flips and crops of MMPose are drawn.

    MMEngine seeds that state in every worker, so that a run repeats these draws whenever it repeats
    its crops. Everything else is drawn from a generator that is keyed by the number.
    """
    return int(np.random.randint(2**31 - 1))  # noqa: NPY002
