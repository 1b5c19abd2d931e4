"""The folder of finished chunks: what a killed run leaves behind and a resumed one goes on from."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from mmengine.structures import BaseDataElement

from mmpose_stable.robustness.files import ResultFileError, read_columns, write_columns
from mmpose_stable.robustness.persons import Persons
from mmpose_stable.robustness.provenance import differences

SCHEMA = 'mmpose_stable.robustness.chunk/5'
_EXAMPLE = 'example_'
_TRUTHS = 'truths'
_TYPE = '__type__'


class Chunk(NamedTuple):
    """A finished chunk.

    Attributes:
        persons: The persons predicted on its samples.
        truths: The ground truth of each sample, as :func:`to_text` gives it.
        examples: Columns of the examples among its samples.
    """

    persons: Persons
    truths: list[str]
    examples: Mapping[str, np.ndarray]


class ChunkStore:
    """Finished chunks of one run, one file each, in a folder shared by all processes.

    Args:
        folder: The folder, which the first chunk makes.
        identity: What decides the predictions of the run, by name, in plain values.
    """

    def __init__(self, folder: Path, identity: Mapping[str, Any]) -> None:
        self.folder, self.identity = folder, identity

    def check(self, resume: bool) -> None:
        """Read all chunks that are there.

        Raises:
            ResultFileError: There are some and ``resume`` is off, or one is damaged or of another
                run.
        """
        finished = sorted(self.folder.glob('chunk_*.npz'))
        if finished and not resume:
            raise ResultFileError(
                f'{self.folder} holds the finished part of an earlier run; give --resume '
                '(`test_cfg.resume=True`) to go on with it, or delete that folder to start anew'
            )
        for path in finished:
            self._columns(path)

    def path(self, number: int) -> Path:
        """Return the file of a chunk."""
        return self.folder / f'chunk_{number:06d}.npz'

    def write(self, number: int, chunk: Chunk) -> None:
        """Write a finished chunk, whole or not at all."""
        examples = {f'{_EXAMPLE}{name}': value for name, value in chunk.examples.items()}
        text = '\n'.join(chunk.truths).encode()
        write_columns(
            self.path(number),
            {'schema': SCHEMA, 'identity': self.identity},
            {**chunk.persons.columns(), **examples, _TRUTHS: np.frombuffer(text, np.uint8)},
        )

    def read(self, number: int) -> Chunk:
        """Read a finished chunk."""
        columns = self._columns(self.path(number))
        truths = columns.pop(_TRUTHS).tobytes().decode().split('\n')
        examples = {
            name.removeprefix(_EXAMPLE): columns.pop(name)
            for name in list(columns)
            if name.startswith(_EXAMPLE)
        }
        return Chunk(Persons(**columns), truths, examples)

    def _columns(self, path: Path) -> dict[str, np.ndarray]:
        header, columns = read_columns(path, SCHEMA)
        if named := differences(self.identity, header['identity']):
            raise ResultFileError(
                f'{path} is of another run ({"; ".join(named)}); repeat that run, choose another '
                f'folder (--robustness-dir) or delete {self.folder}'
            )
        return columns


def to_text(sample: Any) -> str:
    """Return the JSON text of a ground truth as ``PackPoseInputs`` packed it, in one line.

    A resumed run need not read the picture again. It is not pickled, because a result folder may
    come from elsewhere.
    """
    return json.dumps(sample, default=_encode)


def from_text(text: str) -> Any:
    """Return the structure of :func:`to_text`: same values and arrays; tuples have become lists."""
    return json.loads(text, object_hook=_decode)


def _encode(value: Any) -> Any:
    if isinstance(value, BaseDataElement):
        return value.to_dict()
    if isinstance(value, torch.Tensor):
        value = value.detach().cpu().numpy()
    if not isinstance(value, (np.ndarray, np.generic)) or value.dtype == object:
        raise TypeError(
            'the robustness run cannot keep a ground truth of type '
            f'{type(value).__name__}; leave it out of `meta_keys` of `PackPoseInputs`'
        )
    return {_TYPE: value.dtype.str, 'shape': value.shape, 'data': value.ravel().tolist()}


def _decode(found: dict[str, Any]) -> Any:
    if _TYPE not in found:
        return found
    # Indexing with () makes a scalar of an array without axes.
    return np.array(found['data'], found[_TYPE]).reshape(found['shape'])[()]
