"""Random generators that depend on a key and on nothing else."""

import hashlib
import numbers
from collections.abc import Sequence
from typing import Union

import numpy as np

Key = Union[int, str, bytes, Sequence['Key']]  # noqa: UP007 - evaluated, and 'Key' is a string


def _encode(key: Key) -> bytes:
    """Encode a key so that different keys never share a code: type, length, content."""
    if isinstance(key, numbers.Integral):
        tag, content = b'i', str(int(key)).encode()
    elif isinstance(key, str):
        tag, content = b's', key.encode()
    elif isinstance(key, bytes):
        tag, content = b'b', key
    elif isinstance(key, (tuple, list)):
        tag, content = b't', b''.join(_encode(part) for part in key)
    else:
        raise TypeError(
            'expected a key of integers, strings, bytes, or tuples and lists of them, '
            f'got {type(key).__name__}: {key!r}'
        )
    return tag + str(len(content)).encode() + b':' + content


def draw_number() -> int:
    """Return a number from NumPy's global state, which keys all other draws of a transform.

    MMPose draws flips and crops from that state, and MMEngine seeds it in every worker: a run,
    resumed or not, repeats these draws whenever it repeats its crops.
    """
    return int(np.random.randint(2**31 - 1))  # noqa: NPY002


def keyed_generator(*key: Key) -> np.random.Generator:
    """Return a random generator that is the same for equal keys in any process.

    NumPy integers count as Python's, lists as tuples; 1 and '1' are different.
    """
    digest = hashlib.blake2b(_encode(key), digest_size=16).digest()
    return np.random.Generator(np.random.SFC64(int.from_bytes(digest, 'little')))
