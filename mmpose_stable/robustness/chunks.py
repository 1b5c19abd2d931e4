"""The folder of finished chunks: what a killed run leaves behind and a resumed one goes on from."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from mmengine.structures import BaseDataElement

from mmpose_stable.robustness import files
from mmpose_stable.robustness.examples import join_examples
from mmpose_stable.robustness.persons import Persons
from mmpose_stable.robustness.predictions import Predictions
from mmpose_stable.robustness.provenance import differences, hash_content, plain

CHUNK_SCHEMA = 'mmpose_stable.robustness.chunk/4'
RUN_SCHEMA = 'mmpose_stable.robustness.run/1'
_EXAMPLE = 'example_'
_TRUTHS = 'truths'
_TYPE = '__type__'


class Chunk(NamedTuple):
    """A finished chunk.

    Attributes:
        predictions: Its rows of the prediction table; of a model of whole pictures, its persons.
        truths: The ground truth of each sample.
        examples: Columns of the examples among its samples.
    """

    predictions: Predictions | Persons
    truths: list[dict[str, Any]]
    examples: dict[str, np.ndarray]


class ChunkStore:
    """Finished chunks of one run, one file each, in a folder shared by all processes."""

    def __init__(self, folder: Path, identity: Mapping[str, Any]) -> None:
        self.folder = Path(folder)
        self.identity = plain(identity)
        self.fingerprint = hash_content(identity)

    def open(self, resume: bool) -> None:
        """Start the folder, or check that the one found there is of this very run.

        Raises:
            ResultFileError: There are chunks and ``resume`` is off, or they are of another run.
        """
        run_file = self.folder / 'run.json'
        self.folder.mkdir(parents=True, exist_ok=True)
        leftovers = set(self.folder.glob('.*.part'))
        # A process killed while it wrote the very first file leaves nothing but a part of that.
        if leftovers.issuperset(self.folder.iterdir()):
            files.write_json(run_file, {'schema': RUN_SCHEMA, 'identity': self.identity})
        elif not run_file.is_file():
            raise files.ResultFileError(
                f'{self.folder} holds files but no {run_file.name} that says of which run; delete '
                'that folder to start anew'
            )
        elif not resume:
            raise files.ResultFileError(
                f'{self.folder} holds the finished part of an earlier run; give --resume '
                '(`test_cfg.resume=True`) to go on with it, or delete that folder to start anew'
            )
        found = files.read_json(run_file, RUN_SCHEMA).get('identity', {})
        if found != self.identity:
            raise files.ResultFileError(
                f'{run_file} is of another run ({"; ".join(differences(self.identity, found))}); '
                'repeat that run, choose another folder or delete this one'
            )
        for leftover in leftovers:
            leftover.unlink()

    def path(self, number: int) -> Path:
        """Return the file of a chunk."""
        return self.folder / f'chunk_{number:06d}.npz'

    def write(
        self,
        number: int,
        predictions: Predictions | Persons,
        truths: Sequence[str],
        examples: Sequence[Mapping[str, np.ndarray]],
    ) -> None:
        """Write a finished chunk, whole or not at all; ``truths`` are of :func:`to_text`."""
        extra = {f'{_EXAMPLE}{name}': value for name, value in join_examples(examples).items()}
        text = '\n'.join(truths).encode()
        files.write_columns(
            self.path(number),
            {'schema': CHUNK_SCHEMA, 'fingerprint': self.fingerprint, 'number': number},
            {**predictions.columns(), **extra, _TRUTHS: np.frombuffer(text, np.uint8)},
        )

    def read(self, number: int) -> Chunk:
        """Read a finished chunk."""
        path = self.path(number)
        header, columns = files.read_columns(path, CHUNK_SCHEMA)
        if header.get('fingerprint') != self.fingerprint or header.get('number') != number:
            raise files.ResultFileError(f'{path} is a chunk of another run; delete it')
        truths = columns.pop(_TRUTHS).tobytes().decode().split('\n')
        examples = {
            name.removeprefix(_EXAMPLE): columns.pop(name)
            for name in list(columns)
            if name.startswith(_EXAMPLE)
        }
        table = Persons if 'picture' in columns else Predictions
        return Chunk(table(**columns), [from_text(text) for text in truths], examples)

    def remove(self) -> None:
        """Delete the folder once the result is written, and what an earlier removal left.

        The folder is renamed first: a process killed on the way leaves all of it or, under a name
        that no run reads, some of it.
        """
        removed = self.folder.with_name(f'.{self.folder.name}.removed')
        shutil.rmtree(removed, ignore_errors=True)
        if self.folder.is_dir():
            self.folder.rename(removed)
            shutil.rmtree(removed, ignore_errors=True)


def to_text(sample: Any) -> str:
    """Return the JSON text of a ground truth as ``PackPoseInputs`` packed it, in one line.

    It is kept so that a resumed run need not read the picture again; not pickled, because a result
    folder may come from elsewhere.
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
    shape = value.shape if isinstance(value, np.ndarray) else None
    return {_TYPE: value.dtype.str, 'shape': shape, 'data': value.ravel().tolist()}


def _decode(found: dict[str, Any]) -> Any:
    if _TYPE not in found:
        return found
    array = np.array(found['data'], found[_TYPE])
    return array[0] if found['shape'] is None else array.reshape(found['shape'])
