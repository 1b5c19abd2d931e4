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
from mmpose_stable.robustness.examples import ExampleRecord
from mmpose_stable.robustness.maps import describe_peaks, normalised
from mmpose_stable.robustness.metrics import labelled
from mmpose_stable.robustness.persons import Persons
from mmpose_stable.robustness.predictions import MAP_COLUMNS, Predictions
from mmpose_stable.robustness.samples import to_text
from mmpose_stable.robustness.score_maps import score_maps
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
        self.model = model
        self.columns = (CLEAN, *cells)
        self.batch_size = batch_size
        self.spread_count = spread_count
        self.wanted = set(examples)
        self.fp16 = fp16
        self.examples: list[ExampleRecord] = []
        self.truths: list[str] = []
        self.not_finite = 0
        self._rows: list[dict[str, Any]] = []
        self._measured: dict[tuple[int, int], dict[str, np.ndarray]] = {}
        self._clean: dict[int, tuple[Tensor, Tensor | None]] = {}
        self._waiting: list[Picture] = []
        self._map_size: tuple[int, int] | None = None  # width, height

    def add(self, index: int, sample: dict[str, Any]) -> int:
        """Take a sample of :class:`CopiesPipeline`; return how many forwards that completed."""
        row = len(self._rows)
        packed = sample['data_sample']
        self._rows.append(self._describe(index, sample))
        self.truths.append(to_text(packed.to_dict()))
        # Evaluators read the raw annotation from the kept text; copying it 76 times is of no use.
        meta = {key: packed.metainfo[key] for key in packed.metainfo if key != 'raw_ann_info'}
        pictures = zip(sample['inputs'], sample['frames'], strict=True)
        for column, (inputs, (center, scale)) in enumerate(pictures):
            own = {**meta, 'input_center': center, 'input_scale': scale}
            self._waiting.append(
                Picture(row, column, torch.from_numpy(inputs), packed.new(metainfo=own))
            )
        done = 0
        while len(self._waiting) >= self.batch_size:
            done += self._run_batch()
        return done

    def finish(self) -> tuple[Predictions | Persons, int]:
        """Run what is waiting; return the chunk's table and how many forwards that completed."""
        done = 0
        while self._waiting:
            done += self._run_batch()
        return self._table(), done

    def _kinds(self) -> dict[str, np.ndarray]:
        return {
            'kind': np.array([cell.kind for cell in self.columns]),
            'severity': np.array([cell.severity for cell in self.columns], np.int8),
        }

    def _described(self) -> dict[str, np.ndarray]:
        return {name: np.stack([row[name] for row in self._rows]) for name in self._rows[0]}

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

    def _table(self) -> Predictions | Persons:
        rows, columns = range(len(self._rows)), range(len(self.columns))

        def stacked(name: str) -> np.ndarray:
            return np.stack([[self._measured[row, col][name] for col in columns] for row in rows])

        table = self._described()
        table['input_size'] = table['input_size'][0]
        if self._map_size is not None:
            table['heatmap_size'] = np.array(self._map_size, np.int64)
        measured = self._measured[0, 0]
        table.update({name: stacked(name) for name in measured})
        truths = table['true_keypoints'].shape[1], table['keypoints'].shape[2]
        if truths[0] != truths[1]:
            raise ValueError(other_keypoints(*truths))
        return Predictions(**self._kinds(), **table)

    def _run_batch(self) -> int:
        # Whole pictures differ in size: a batch is of one size, so nothing is padded.
        size = self._waiting[0].inputs.shape
        batch = list(
            itertools.takewhile(
                lambda picture: picture.inputs.shape == size, self._waiting[: self.batch_size]
            )
        )
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
        return len(batch)

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
            stays = certified(normalised(clean), normalised(shown))
            values = (
                peaks.position.to(torch.int32),
                peaks.spread.float(),
                peaks.gap.float(),
                stays,
            )
            arrays = [value.cpu().numpy() for value in values]
            for at, picture in enumerate(part):
                self._measured[picture.row, picture.column].update(
                    {name: array[at] for name, array in zip(MAP_COLUMNS, arrays, strict=True)}
                )

    def _keep_examples(self, batch: Sequence[Picture], maps: Sequence[Tensor | None]) -> None:
        for picture, shown in zip(batch, maps, strict=True):
            index = int(self._rows[picture.row]['sample_index'])
            if (index, picture.column) in self.wanted:
                clean_inputs, clean_maps = self._clean[picture.row]
                self.examples.append(
                    ExampleRecord.from_tensors(
                        index, picture.column, clean_inputs, picture.inputs, clean_maps, shown
                    )
                )
