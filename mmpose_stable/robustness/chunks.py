"""The folder of finished chunks: what a killed run leaves behind and a resumed one goes on from."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from mmengine.structures import BaseDataElement

from mmpose_stable.robustness.files import (
    ResultFileError,
    read_columns,
    read_json,
    write_columns,
    write_json,
)
from mmpose_stable.robustness.persons import Persons
from mmpose_stable.robustness.provenance import differences, hash_content

CHUNK_SCHEMA = 'mmpose_stable.robustness.chunk/5'
RUN_SCHEMA = 'mmpose_stable.robustness.run/1'
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
    """Finished chunks of one run, one file each, in a folder shared by all processes."""

    def __init__(self, folder: Path, identity: Mapping[str, Any]) -> None:
        self.folder = folder
        self.identity = identity
        self.fingerprint = hash_content(identity)

    def open(self, resume: bool) -> None:
        """Start the folder, or check that the one found there is of this very run.

        Raises:
            ResultFileError: There are chunks and ``resume`` is off, or they are of another run.
        """
        run_file = self.folder / 'run.json'
        if not run_file.is_file():
            write_json(run_file, {'schema': RUN_SCHEMA, 'identity': self.identity})
            return
        if not resume:
            raise ResultFileError(
                f'{self.folder} holds the finished part of an earlier run; give --resume '
                '(`test_cfg.resume=True`) to go on with it, or delete that folder to start anew'
            )
        found = read_json(run_file, RUN_SCHEMA)['identity']
        if found != self.identity:
            raise ResultFileError(
                f'{run_file} is of another run ({"; ".join(differences(self.identity, found))}); '
                'repeat that run, choose another folder or delete this one'
            )

    def path(self, number: int) -> Path:
        """Return the file of a chunk."""
        return self.folder / f'chunk_{number:06d}.npz'

    def write(self, number: int, chunk: Chunk) -> None:
        """Write a finished chunk, whole or not at all."""
        examples = {f'{_EXAMPLE}{name}': value for name, value in chunk.examples.items()}
        text = '\n'.join(chunk.truths).encode()
        write_columns(
            self.path(number),
            {'schema': CHUNK_SCHEMA, 'fingerprint': self.fingerprint},
            {**chunk.persons.columns(), **examples, _TRUTHS: np.frombuffer(text, np.uint8)},
        )

    def read(self, number: int) -> Chunk:
        """Read a finished chunk."""
        path = self.path(number)
        header, columns = read_columns(path, CHUNK_SCHEMA)
        if header['fingerprint'] != self.fingerprint:
            raise ResultFileError(f'{path} is a chunk of another run; delete {self.folder}')
        truths = columns.pop(_TRUTHS).tobytes().decode().split('\n')
        examples = {
            name.removeprefix(_EXAMPLE): columns.pop(name)
            for name in list(columns)
            if name.startswith(_EXAMPLE)
        }
        return Chunk(Persons(**columns), truths, examples)

    def remove(self) -> None:
        """Delete the folder once the result is written.

        A process killed on the way leaves no ``run.json``, so the next run starts anew.
        """
        (self.folder / 'run.json').unlink(missing_ok=True)
        shutil.rmtree(self.folder, ignore_errors=True)


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
