"""From samples with copies to predicted persons; forward passes are batched across copies."""

import itertools
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from mmengine.structures import BaseDataElement
from torch import Tensor, nn

from mmpose_stable.engine.keypoint_count import check_keypoint_count, other_keypoints
from mmpose_stable.robustness.certificate import certified
from mmpose_stable.robustness.chunks import Chunk, to_text
from mmpose_stable.robustness.examples import join_examples, one_example
from mmpose_stable.robustness.maps import describe_peaks, normalised, score_maps
from mmpose_stable.robustness.persons import PREDICTED, Persons, person_scores
from mmpose_stable.robustness.selection import CLEAN, Cell


class Picture(NamedTuple):
    """One picture that waits for its forward pass."""

    sample: int
    column: int
    inputs: Tensor
    data_sample: BaseDataElement


class ChunkRecorder:
    """Runs the model on one chunk of samples and keeps numbers, not maps.

    Forward batches are filled in the order of the samples and never cross a chunk, so a chunk's
    numbers do not depend on which process computes it or on what was computed before.

    Args:
        examples: (sample index, column) pairs whose pictures and maps are kept.
        whole: Whether the model predicts all persons of a picture.
    """

    def __init__(
        self,
        model: nn.Module,
        cells: Sequence[Cell],
        batch_size: int,
        examples: Collection[tuple[int, int]] = (),
        whole: bool = False,
    ) -> None:
        self.model, self.columns, self.batch_size = model, (CLEAN, *cells), batch_size
        self.wanted, self.whole = examples, whole
        self._examples: list[dict[str, np.ndarray]] = []
        self._truths: list[str] = []
        self._rows: list[dict[str, Any]] = []
        self._waiting: list[Picture] = []
        # Of every picture so far, in the order of samples and columns.
        self._found: list[dict[str, np.ndarray]] = []
        # The clean picture of the sample that is predicted, and its maps.
        self._clean: tuple[Tensor, Tensor | None]

    def add(self, index: int, sample: dict[str, Any]) -> None:
        """Take a sample of :class:`CopiesPipeline`."""
        packed, (center, scale) = sample['data_sample'], sample['frames'][0]
        self._truths.append(to_text(packed))
        self._rows.append(
            {
                'sample_index': np.int64(index),
                'sample_id': np.str_(sample['sample_id']),
                'image_id': np.str_(sample['image_id']),
                'input_size': np.asarray(packed.metainfo['input_size'], np.int64),
                'input_center': center,
                'input_scale': scale,
            }
        )
        # Evaluators read the raw annotation from the kept text; copying it 76 times is of no use.
        meta = {key: packed.metainfo[key] for key in packed.metainfo if key != 'raw_ann_info'}
        pictures = zip(sample['inputs'], sample['frames'], strict=True)
        for column, (inputs, (center, scale)) in enumerate(pictures):
            own = packed.new(metainfo={**meta, 'input_center': center, 'input_scale': scale})
            self._waiting.append(Picture(index, column, torch.from_numpy(inputs), own))
        while len(self._waiting) >= self.batch_size:
            self._run_batch()

    def finish(self) -> Chunk:
        """Run what is waiting and return the chunk."""
        while self._waiting:
            self._run_batch()
        maps = self._clean[1]
        persons = Persons(
            kind=np.array([cell.kind for cell in self.columns]),
            severity=np.array([cell.severity for cell in self.columns], np.int8),
            heatmap_size=None if maps is None else np.array(maps.shape[:0:-1], np.int64),
            **{name: np.stack([row[name] for row in self._rows]) for name in self._rows[0]},
            **{name: np.concatenate([f[name] for f in self._found]) for name in self._found[0]},
        )
        return Chunk(persons, self._truths, join_examples(self._examples))

    def _run_batch(self) -> None:
        # Whole pictures differ in size: a batch is of one size, so nothing is padded.
        size = self._waiting[0].inputs.shape
        first = self._waiting[: self.batch_size]
        batch = list(itertools.takewhile(lambda picture: picture.inputs.shape == size, first))
        del self._waiting[: len(batch)]
        data = {
            'inputs': [picture.inputs for picture in batch],
            'data_samples': [picture.data_sample for picture in batch],
        }
        if not self._found:
            check_keypoint_count(self.model, {key: part[:1] for key, part in data.items()})
        with torch.no_grad():
            outputs = self.model.test_step(data)
        for picture, output in zip(batch, outputs, strict=True):
            self._keep(picture, output)

    def _keep(self, picture: Picture, output: BaseDataElement) -> None:
        predicted, maps = output.pred_instances, None
        found = {
            own: np.asarray(predicted[name]) for name, own in PREDICTED.items() if name in predicted
        }
        found['keypoints'] = found['keypoints'][..., :2]
        if self.whole:
            _check_count(picture.data_sample, found['keypoints'].shape[1])
            found = _best_first(found)
        else:
            maps = score_maps(output, self.model, found['keypoints'].shape[1])
            _mark_unknown(found, maps)
        if picture.column == 0:
            self._clean = picture.inputs, maps
        clean, clean_maps = self._clean
        if maps is not None:
            peaks = describe_peaks(maps)
            of_maps = {
                'map_position': peaks.position.to(torch.int32),
                'map_spread': peaks.spread.float(),
                'map_gap': peaks.gap.float(),
                'map_certified': certified(normalised(clean_maps), normalised(maps)),
            }
            found |= {name: value.cpu().numpy()[None] for name, value in of_maps.items()}
        persons = len(found['keypoints'])
        found['picture'] = np.full(persons, picture.sample)
        found['column'] = np.full(persons, picture.column, np.int16)
        self._found.append(found)
        at = picture.sample, picture.column
        if at in self.wanted:
            pictures = clean, picture.inputs
            self._examples.append(one_example(*at, pictures, (clean_maps, maps)))


def _check_count(sample: BaseDataElement, predicted: int) -> None:
    labels = sample.gt_instances.get('keypoints')
    if labels is not None and labels.shape[1] != predicted:
        raise ValueError(other_keypoints(labels.shape[1], predicted))


def _best_first(found: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Leave out persons with a number that is not finite, and sort the others by their score."""
    found = {name: value.astype(np.float32) for name, value in found.items()}
    finite = [np.isfinite(each).all(tuple(range(1, each.ndim))) for each in found.values()]
    kept = np.flatnonzero(np.all(finite, axis=0))
    score = person_scores(found['scores'], found.get('bbox_score'))[kept]
    kept = kept[np.argsort(-score, kind='stable')]
    return {name: value[kept] for name, value in found.items()}


def _mark_unknown(found: dict[str, np.ndarray], maps: Tensor | None) -> None:
    """Make NaN of keypoints whose score or heatmap is not finite.

    Decoders turn a map of NaN into some fixed place, which would look perfectly stable.
    """
    finite = np.isfinite(found['keypoints']).all(-1) & np.isfinite(found['scores'])
    if maps is not None:
        finite &= maps.isfinite().flatten(1).all(1).cpu().numpy()
    if not finite.all():
        found['keypoints'] = np.where(finite[..., None], found['keypoints'], np.nan)
