"""The data set of a run: perturbed copies of a sample, made in the data workers from one crop."""

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from mmcv.transforms import LoadImageFromFile
from mmengine.dataset import Compose
from mmpose.datasets.transforms import TopdownAffine
from mmpose.registry import DATASETS
from torch.utils.data import Dataset

from mmpose_stable.datasets import check_configured_files
from mmpose_stable.datasets.label_files import leave_out_boxes_without_area
from mmpose_stable.perturbations import perturb
from mmpose_stable.perturbations.boxes import BOX_KINDS, move_box
from mmpose_stable.robustness.selection import Cell

PERTURB_AT = {'crop': TopdownAffine, 'image': LoadImageFromFile}


def step_behind(transforms: Sequence[Callable], perturb_at: str) -> int:
    """Return the place behind the step of a test pipeline whose picture is perturbed."""
    if perturb_at not in PERTURB_AT:
        raise ValueError(
            f'`perturb_at` (--perturb-at): expected one of {sorted(PERTURB_AT)}, got {perturb_at!r}'
        )
    wanted, problem = PERTURB_AT[perturb_at], ''
    places = [at for at, step in enumerate(transforms) if isinstance(step, wanted)]
    if not places:
        names = [type(step).__name__ for step in transforms]
        problem = (
            f'perturb_at={perturb_at!r} or a kind that moves boxes needs a {wanted.__name__}, got '
            f"{names}; models of whole pictures take perturb_at='image' and kinds of pictures"
        )
    elif any(getattr(step, 'aug_scales', None) for step in transforms):
        problem = (
            'expected one scale of each picture, got `aug_scales`; leave them out, and '
            '`model.test_cfg.multiscale_test`'
        )
    if problem:
        raise ValueError(f'`test_dataloader.dataset.pipeline`: {problem}')
    return places[-1] + 1


class CopiesPipeline:
    """A data pipeline that returns the clean sample and all of its perturbed copies.

    The picture is read (and, for ``perturb_at='crop'``, cropped) once. A copy depends only on the
    picture, the kind, the severity, the seed and an id: the person's id for crops, the picture's id
    for whole images, so that all persons of an image are seen under the same weather. For the kinds
    of boxes the picture stays and the crop moves.

    Args:
        transforms: Steps of a test pipeline.
        cells: The perturbations.
        perturb_at: ``crop`` (behind ``TopdownAffine``) or ``image`` (behind ``LoadImage``).
        seed: Seed of the perturbations.
        frost_folder: As of :func:`perturb`.
    """

    def __init__(
        self,
        transforms: Sequence[Callable],
        cells: Sequence[Cell],
        perturb_at: str,
        seed: int,
        frost_folder: str | None = None,
    ) -> None:
        self.transforms = list(transforms)
        behind = step_behind(transforms, perturb_at)
        crop = step_behind(transforms, 'crop') - 1 if set(BOX_KINDS) & {k for k, _ in cells} else 0
        self.cells = tuple(cells)
        # The step of the pipeline before which each copy leaves the clean sample's way.
        self.forks = tuple(crop if cell.kind in BOX_KINDS else behind for cell in cells)
        self.perturb_at = perturb_at
        self.seed = seed
        self.frost_folder = frost_folder

    def __call__(self, data_info: dict[str, Any]) -> dict[str, Any]:
        """Return the clean sample and all of its copies.

        Returns:
            ``inputs`` (1 + C, 3, H, W) uint8; ``frames`` (1 + C, 2, 2), centre and size of each
            input in the original image; ``data_sample`` of the clean copy, and ids.
        """
        image_id = data_info.get('img_id')
        sample_id = data_info.get('id', data_info.get('sample_idx'))
        # A whole picture has a list of the ids of its persons.
        sample_id = _plain(image_id if isinstance(sample_id, (list, tuple)) else sample_id)
        image_id = sample_id if image_id is None else _plain(image_id)
        left, results, at = {}, data_info, 0
        for fork in sorted(set(self.forks)):
            left[fork] = Compose(self.transforms[at:fork])(results)
            results, at = _forked(left[fork]), fork
        packed = [Compose(self.transforms[at:])(results)]
        for cell, fork in zip(self.cells, self.forks, strict=True):
            changed = self._changed(_forked(left[fork]), cell, sample_id, image_id)
            packed.append(Compose(self.transforms[fork:])(changed))
        metas = [copy['data_samples'].metainfo for copy in packed]
        return {
            # Arrays travel to the main process through a pipe: tensors would fill /dev/shm, which
            # containers often limit to 64 MB.
            'inputs': np.stack([np.asarray(copy['inputs']) for copy in packed]),
            'frames': np.stack([(meta['input_center'], meta['input_scale']) for meta in metas]),
            'data_sample': packed[0]['data_samples'],
            'sample_id': sample_id,
            'image_id': image_id,
        }

    def _changed(
        self, results: dict[str, Any], cell: Cell, sample_id: int | str, image_id: int | str
    ) -> dict[str, Any]:
        if cell.kind in BOX_KINDS:
            box = results['bbox'][:, 2:] - results['bbox'][:, :2]
            frame = results['bbox_center'], results['bbox_scale']
            center, scale = move_box(*frame, box, *cell, key=(self.seed, sample_id))
            return {**results, 'bbox_center': center, 'bbox_scale': scale}
        key = (self.seed, image_id if self.perturb_at == 'image' else sample_id)
        try:
            image = perturb(
                results['img'], *cell, key=key, channel_order='bgr', frost_folder=self.frost_folder
            )
        except (TypeError, ValueError) as error:
            raise ValueError(
                f'{results.get("img_path", f"picture {image_id}")} cannot be perturbed '
                f'(--perturb-at {self.perturb_at}): {error}'
            ) from error
        return {**results, 'img': image}


def _plain(identifier: Any) -> int | str:
    return identifier if isinstance(identifier, str) else int(identifier)


def _forked(results: dict[str, Any]) -> dict[str, Any]:
    # Some transforms change arrays in place (GetBBoxCenterScale does); the picture is replaced.
    return {
        key: value.copy() if isinstance(value, np.ndarray) and key != 'img' else value
        for key, value in results.items()
    }


def build_dataset(config: Mapping[str, Any]) -> Dataset:
    """Build a data set; what MMPose says of a file without a person does not name the file."""
    check_configured_files(config)
    try:
        dataset = DATASETS.build(copy.deepcopy(config))
        leave_out_boxes_without_area(dataset)
        if not len(dataset):
            raise ValueError('it has no sample')
        if getattr(dataset, 'resample', False):
            raise ValueError('`sample_ratio_factor` draws other samples each time; leave it out')
    except (ValueError, ZeroDivisionError) as error:
        raise ValueError(
            f'`test_dataloader.dataset` cannot be read, with `ann_file` '
            f'{config.get("ann_file")!r}: {error}. If nothing else is said here, no person is '
            'labelled in it'
        ) from error
    return dataset
