"""From samples with copies to rows of the prediction table; forwards are batched across copies."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Sequence
from contextlib import nullcontext
from typing import Any, NamedTuple

import numpy as np
import torch
from mmengine.runner.amp import autocast
from mmengine.structures import BaseDataElement
from torch import Tensor, nn

from mmpose_stable.engine.cpu_amp import float32_outputs
from mmpose_stable.engine.keypoint_count import check_keypoint_count, other_keypoints
from mmpose_stable.model_parts import decoder_of
from mmpose_stable.robustness.certificate import certified
from mmpose_stable.robustness.chunks import Chunk, to_text
from mmpose_stable.robustness.examples import join_examples, one_example
from mmpose_stable.robustness.maps import describe_peaks, normalised, score_maps
from mmpose_stable.robustness.metrics import labelled
from mmpose_stable.robustness.persons import Persons, person_scores
from mmpose_stable.robustness.predictions import Predictions
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
        spread_count: n of D_n.
        examples: (sample index, column) pairs whose pictures and maps are kept.
        fp16: Predict in autocast.
    """

    def __init__(
        self,
        model: nn.Module,
        cells: Sequence[Cell],
        batch_size: int,
        spread_count: int,
        examples: Collection[tuple[int, int]] = (),
        fp16: bool = False,
    ) -> None:
        self.model, self.batch_size, self.spread_count = model, batch_size, spread_count
        self.columns = (CLEAN, *cells)
        self.wanted, self.fp16 = examples, fp16
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
        packed = sample['data_sample']
        self._truths.append(to_text(packed))
        described = {
            'sample_index': np.int64(index),
            'image_id': np.str_(sample['image_id']),
            'input_size': np.asarray(packed.metainfo['input_size'], np.int64),
        }
        self._rows.append(described | self._describe(sample))
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
        table = {name: np.stack([row[name] for row in self._rows]) for name in self._rows[0]}
        table['kind'] = np.array([cell.kind for cell in self.columns])
        table['severity'] = np.array([cell.severity for cell in self.columns], np.int8)
        return Chunk(self._table(table), self._truths, join_examples(self._examples))

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
        # MMPose turns a head's output to NumPy, which has no bfloat16, a CPU's half precision.
        in_float32 = float32_outputs(self.model) if self.fp16 else nullcontext()
        with torch.no_grad(), autocast(enabled=self.fp16), in_float32:
            outputs = self.model.test_step(data)
        for picture, output in zip(batch, outputs, strict=True):
            self._keep(picture, output)

    def _keep(self, picture: Picture, output: BaseDataElement) -> None:
        found, maps = self._numbers(picture, output)
        if picture.column == 0:
            self._clean = picture.inputs, maps
        clean, clean_maps = self._clean
        if maps is not None:
            peaks = describe_peaks(maps, self.spread_count)
            of_maps = {
                'map_position': peaks.position.to(torch.int32),
                'map_spread': peaks.spread.float(),
                'map_gap': peaks.gap.float(),
                'map_certified': certified(normalised(clean_maps), normalised(maps)),
            }
            found |= {name: value.cpu().numpy() for name, value in of_maps.items()}
        self._found.append(found)
        at = picture.sample, picture.column
        if at in self.wanted:
            pictures = clean, picture.inputs
            self._examples.append(one_example(*at, pictures, (clean_maps, maps)))

    def _describe(self, sample: dict[str, Any]) -> dict[str, Any]:
        """Return the columns of a sample that do not depend on predictions."""
        packed = sample['data_sample']
        truth = packed.gt_instances
        keypoints = np.asarray(truth.keypoints)[:1, :, :2].astype(np.float64)
        return {
            'sample_id': np.str_(sample['sample_id']),
            'input_center': np.asarray(packed.metainfo['input_center'], np.float64),
            'input_scale': np.asarray(packed.metainfo['input_scale'], np.float64),
            'bbox': np.asarray(truth.bboxes[0], np.float64),
            'true_keypoints': keypoints[0],
            'labelled': labelled(keypoints, truth.keypoints_visible[:1])[0],
        }

    def _numbers(
        self, picture: Picture, output: BaseDataElement
    ) -> tuple[dict[str, np.ndarray], Tensor | None]:
        """Return what is kept of a prediction, and its heatmaps."""
        predicted = output.pred_instances
        keypoints = np.asarray(predicted.keypoints)[0, :, :2]
        scores = np.asarray(predicted.keypoint_scores)[0]
        maps = score_maps(output, decoder_of(self.model), len(keypoints))
        # Decoders turn a map of NaN into some fixed place, which would look perfectly stable.
        finite = np.isfinite(keypoints).all(-1) & np.isfinite(scores)
        if maps is not None:
            finite &= maps.isfinite().flatten(1).all(1).cpu().numpy()
        if not finite.all():
            keypoints = np.where(finite[:, None], keypoints, np.nan)
        return {'keypoints': keypoints, 'scores': scores}, maps

    def _table(self, table: dict[str, np.ndarray]) -> Predictions | Persons:
        table['input_size'] = table['input_size'][0]
        if (maps := self._clean[1]) is not None:
            table['heatmap_size'] = np.array(maps.shape[:0:-1], np.int64)
        for name in self._found[0]:
            values = np.stack([found[name] for found in self._found])
            table[name] = values.reshape(len(self._rows), len(self.columns), *values.shape[1:])
        return Predictions(**table)


class PictureRecorder(ChunkRecorder):
    """As :class:`ChunkRecorder`, for models that predict all persons of a picture at once.

    Persons with a keypoint or a score that is no finite number are left out: nobody is found there.
    """

    def _describe(self, sample: dict[str, Any]) -> dict[str, Any]:
        center, scale = sample['frames'][0]
        return {'input_center': center, 'input_scale': scale}

    def _numbers(
        self, picture: Picture, output: BaseDataElement
    ) -> tuple[dict[str, np.ndarray], Tensor | None]:
        predicted = output.pred_instances
        names = {'scores': 'keypoint_scores', 'bbox': 'bboxes', 'bbox_score': 'bbox_scores'}
        found = {'keypoints': np.asarray(predicted.keypoints, np.float32)[..., :2]} | {
            name: np.asarray(predicted[given], np.float32)
            for name, given in names.items()
            if given in predicted
        }
        labels = picture.data_sample.gt_instances.get('keypoints')
        count = found['keypoints'].shape[1]
        if labels is not None and labels.shape[1] != count:
            raise ValueError(other_keypoints(labels.shape[1], count))
        finite = [np.isfinite(each).all(tuple(range(1, each.ndim))) for each in found.values()]
        kept = np.flatnonzero(np.all(finite, axis=0))
        score = person_scores(found['scores'], found.get('bbox_score'))[kept]
        kept = kept[np.argsort(-score, kind='stable')]
        found = {name: value[kept] for name, value in found.items()}
        found['picture'] = np.full(len(kept), picture.sample)
        found['column'] = np.full(len(kept), picture.column, np.int16)
        return found, None

    def _table(self, table: dict[str, np.ndarray]) -> Persons:
        joined = {name: np.concatenate([f[name] for f in self._found]) for name in self._found[0]}
        return Persons(**table, **joined)
