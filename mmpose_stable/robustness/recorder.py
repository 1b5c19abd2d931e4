"""From samples with copies to rows of the prediction table; forwards are batched across copies."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Sequence
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
from mmpose_stable.robustness.chunks import to_text
from mmpose_stable.robustness.examples import one_example
from mmpose_stable.robustness.maps import describe_peaks, normalised, score_maps
from mmpose_stable.robustness.metrics import labelled
from mmpose_stable.robustness.persons import Persons
from mmpose_stable.robustness.predictions import Predictions
from mmpose_stable.robustness.selection import CLEAN, Cell

# Heatmap values measured at once: bounds the float64 temporaries to some 100 MB.
_MAP_VALUES_AT_ONCE = 2**21


class Picture(NamedTuple):
    """One picture that waits for its forward pass."""

    row: int
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
        progress: Is called with the number of pictures of each forward pass.
    """

    def __init__(
        self,
        model: nn.Module,
        cells: Sequence[Cell],
        batch_size: int,
        spread_count: int,
        examples: Collection[tuple[int, int]] = (),
        fp16: bool = False,
        progress: Callable[[int], Any] = lambda pictures: None,
    ) -> None:
        self.model = model
        self.columns = (CLEAN, *cells)
        self.batch_size = batch_size
        self.spread_count = spread_count
        self.wanted = set(examples)
        self.fp16 = fp16
        self.progress = progress
        self.examples: list[dict[str, np.ndarray]] = []
        self.truths: list[str] = []
        self.not_finite = 0
        self._rows: list[dict[str, Any]] = []
        self._measured: dict[tuple[int, int], dict[str, np.ndarray]] = {}
        self._clean: dict[int, tuple[Tensor, Tensor | None]] = {}
        self._waiting: list[Picture] = []
        self._map_size: tuple[int, int] | None = None  # width, height

    def add(self, index: int, sample: dict[str, Any]) -> None:
        """Take a sample of :class:`CopiesPipeline`."""
        row = len(self._rows)
        packed = sample['data_sample']
        self._rows.append(self._describe(index, sample))
        self.truths.append(to_text(packed))
        # Evaluators read the raw annotation from the kept text; copying it 76 times is of no use.
        meta = {key: packed.metainfo[key] for key in packed.metainfo if key != 'raw_ann_info'}
        pictures = zip(sample['inputs'], sample['frames'], strict=True)
        for column, (inputs, (center, scale)) in enumerate(pictures):
            own = packed.new(metainfo={**meta, 'input_center': center, 'input_scale': scale})
            self._waiting.append(Picture(row, column, torch.from_numpy(inputs), own))
        while len(self._waiting) >= self.batch_size:
            self._run_batch()

    def finish(self) -> Any:
        """Run what is waiting and return the chunk's table."""
        while self._waiting:
            self._run_batch()
        described = {name: np.stack([row[name] for row in self._rows]) for name in self._rows[0]}
        return self._table(
            {
                'kind': np.array([cell.kind for cell in self.columns]),
                'severity': np.array([cell.severity for cell in self.columns], np.int8),
                **described,
            }
        )

    def _describe(self, index: int, sample: dict[str, Any]) -> dict[str, Any]:
        packed = sample['data_sample']
        truth = packed.gt_instances
        keypoints = np.asarray(truth.keypoints)[:1, :, :2].astype(np.float64)
        return {
            'sample_index': np.int64(index),
            'sample_id': np.str_(sample['sample_id']),
            'image_id': np.str_(sample['image_id']),
            'input_size': np.asarray(packed.metainfo['input_size'], np.int64),
            'input_center': np.asarray(packed.metainfo['input_center'], np.float64),
            'input_scale': np.asarray(packed.metainfo['input_scale'], np.float64),
            'bbox': np.asarray(truth.bboxes[0], np.float64),
            'true_keypoints': keypoints[0],
            'labelled': labelled(keypoints, truth.keypoints_visible[:1])[0],
        }

    def _table(self, table: dict[str, np.ndarray]) -> Predictions | Persons:
        rows, columns = range(len(self._rows)), range(len(self.columns))
        table['input_size'] = table['input_size'][0]
        if self._map_size is not None:
            table['heatmap_size'] = np.array(self._map_size, np.int64)
        for name in self._measured[0, 0]:
            table[name] = np.stack(
                [[self._measured[row, column][name] for column in columns] for row in rows]
            )
        return Predictions(**table)

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
        if not self._measured:
            check_keypoint_count(self.model, {key: part[:1] for key, part in data.items()})
        # MMPose turns a head's output to NumPy, which has no bfloat16, a CPU's half precision.
        in_float32 = float32_outputs(self.model) if self.fp16 else nullcontext()
        with torch.no_grad(), autocast(enabled=self.fp16), in_float32:
            outputs = self.model.test_step(data)
        maps = self._record(batch, outputs)
        self._keep_examples(batch, maps)
        for row in [row for row in self._clean if row < batch[-1].row]:
            del self._clean[row]
        self.progress(len(batch))

    def _record(self, batch: Sequence[Picture], outputs: Any) -> list[Tensor | None]:
        """Keep the numbers of a batch; return the heatmaps of each picture."""
        decoder = decoder_of(self.model)
        indices = (self.model.test_cfg or {}).get('output_keypoint_indices')
        maps = []
        for picture, output in zip(batch, outputs, strict=True):
            predicted = output.pred_instances
            keypoints = np.asarray(predicted.keypoints)[0, :, :2]
            scores = np.asarray(predicted.keypoint_scores)[0]
            maps.append(score_maps(output, decoder, len(keypoints), indices))
            self._measured[picture.row, picture.column] = {
                'keypoints': self._usable(keypoints, scores, maps[-1]),
                'scores': scores,
            }
            if picture.column == 0:
                self._clean[picture.row] = (picture.inputs, maps[-1])
        if maps[0] is not None:
            self._measure_maps(batch, maps)
        return maps

    def _usable(self, keypoints: np.ndarray, scores: np.ndarray, maps: Tensor | None) -> np.ndarray:
        """Return the keypoints, NaN where the model gave no numbers.

        Decoders turn a map of NaN into some fixed place, which would look perfectly stable.
        """
        finite = np.isfinite(keypoints).all(-1) & np.isfinite(scores)
        if maps is not None:
            finite &= maps.isfinite().flatten(1).all(1).cpu().numpy()
        if finite.all():
            return keypoints
        self.not_finite += int((~finite).sum())
        return np.where(finite[:, None], keypoints, np.nan)

    def _measure_maps(self, batch: Sequence[Picture], maps: Sequence[Tensor]) -> None:
        step = max(1, _MAP_VALUES_AT_ONCE // maps[0].numel())
        for start in range(0, len(batch), step):
            part = batch[start : start + step]
            shown = torch.stack(list(maps[start : start + step]))
            height, width = shown.shape[-2:]
            self._map_size = (width, height)
            clean = torch.stack([self._clean[picture.row][1] for picture in part])
            peaks = describe_peaks(shown, self.spread_count)
            values = {
                'map_position': peaks.position.to(torch.int32),
                'map_spread': peaks.spread.float(),
                'map_gap': peaks.gap.float(),
                'map_certified': certified(normalised(clean), normalised(shown)),
            }
            for name, value in values.items():
                for picture, each in zip(part, value.cpu().numpy(), strict=True):
                    self._measured[picture.row, picture.column][name] = each

    def _keep_examples(self, batch: Sequence[Picture], maps: Sequence[Tensor | None]) -> None:
        for picture, shown in zip(batch, maps, strict=True):
            index = int(self._rows[picture.row]['sample_index'])
            if (index, picture.column) in self.wanted:
                clean, clean_maps = self._clean[picture.row]
                pictures = clean, picture.inputs
                self.examples.append(
                    one_example(index, picture.column, pictures, (clean_maps, shown))
                )


class PictureRecorder(ChunkRecorder):
    """As :class:`ChunkRecorder`, for models that predict all persons of a picture at once.

    Persons with a keypoint or a score that is no finite number are left out: nobody is found there.
    """

    def _describe(self, index: int, sample: dict[str, Any]) -> dict[str, Any]:
        center, scale = sample['frames'][0]
        return {
            'sample_index': np.int64(index),
            'image_id': np.str_(sample['image_id']),
            'input_size': np.asarray(sample['data_sample'].metainfo['input_size'], np.int64),
            'input_center': center,
            'input_scale': scale,
        }

    def _record(self, batch: Sequence[Picture], outputs: Any) -> list[Tensor | None]:
        for picture, output in zip(batch, outputs, strict=True):
            predicted = output.pred_instances
            labels = picture.data_sample.gt_instances.get('keypoints')
            keypoints = np.asarray(predicted.keypoints, np.float32)[..., :2]
            if labels is not None and labels.shape[1] != keypoints.shape[1]:
                raise ValueError(other_keypoints(labels.shape[1], keypoints.shape[1]))
            found = {'keypoints': keypoints}
            for name, given in (
                ('scores', 'keypoint_scores'),
                ('bbox', 'bboxes'),
                ('bbox_score', 'bbox_scores'),
            ):
                if given in predicted:
                    found[name] = np.asarray(predicted[given], np.float32)
            finite = np.ones(len(keypoints), bool)
            for value in found.values():
                finite &= np.isfinite(value).all(tuple(range(1, value.ndim)))
            self.not_finite += int((~finite).sum()) * keypoints.shape[1]
            found = {name: value[finite] for name, value in found.items()}
            count = (int(finite.sum()),)
            found['picture'] = np.full(count, self._rows[picture.row]['sample_index'])
            found['column'] = np.full(count, picture.column, np.int16)
            self._measured[picture.row, picture.column] = found
            if picture.column == 0:
                self._clean[picture.row] = (picture.inputs, None)
        return [None] * len(batch)

    def _table(self, table: dict[str, np.ndarray]) -> Persons:
        found = list(self._measured.values())
        joined = {name: np.concatenate([one[name] for one in found]) for name in found[0]}
        return Persons(**table, **joined)
