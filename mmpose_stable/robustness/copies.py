"""Perturbed copies of a sample, made in the data workers from one read and one crop."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from mmcv.transforms import LoadImageFromFile
from mmpose.datasets.transforms import TopdownAffine
from torch.utils.data import DataLoader, Dataset

from mmpose_stable.perturbations import perturb
from mmpose_stable.perturbations.table import MIN_SIDE
from mmpose_stable.perturbations.transforms import PerturbImage
from mmpose_stable.robustness.selection import Cell

PERTURB_AT = {'crop': TopdownAffine, 'image': LoadImageFromFile}


def split_pipeline(
    transforms: Sequence[Callable], perturb_at: str
) -> tuple[list[Callable], list[Callable]]:
    """Split a test pipeline behind the step whose picture is perturbed.

    Args:
        transforms: The steps of a top-down pipeline.
        perturb_at: ``crop`` (behind ``TopdownAffine``) or ``image`` (behind ``LoadImage``).

    Raises:
        ValueError: ``perturb_at`` is neither, or the pipeline has no such step or perturbs already.
    """
    if perturb_at not in PERTURB_AT:
        raise ValueError(
            f'`perturb_at` (--perturb-at): expected one of {sorted(PERTURB_AT)}, got {perturb_at!r}'
        )
    for wanted in (TopdownAffine, PERTURB_AT[perturb_at]):
        places = [at for at, step in enumerate(transforms) if isinstance(step, wanted)]
        if not places:
            names = [type(step).__name__ for step in transforms]
            raise ValueError(
                f'`test_dataloader.dataset.pipeline`: perturb_at={perturb_at!r} needs a '
                f'{wanted.__name__} in the pipeline of a 2D top-down model, got {names}'
            )
    if any(isinstance(step, PerturbImage) for step in transforms):
        raise ValueError(
            '`test_dataloader.dataset.pipeline` holds a PerturbImage: take it out, a robustness '
            'run adds its own perturbations to clean pictures'
        )
    behind = places[-1] + 1
    return list(transforms[:behind]), list(transforms[behind:])


class CopiesPipeline:
    """A data pipeline that returns the clean sample and all of its perturbed copies.

    The picture is read (and, for ``perturb_at='crop'``, cropped) once. A copy depends only on the
    picture, the kind, the severity, the seed and an id: the person's id for crops, the picture's id
    for whole images, so that all persons of an image are seen under the same weather.

    Args:
        transforms: The steps of the test pipeline, packing included.
        cells: The perturbations.
        perturb_at: ``crop`` or ``image``.
        seed: Seed of the perturbations.
        channel_order: ``bgr`` for ``LoadImage``; ``rgb`` where a pipeline loads RGB.
        frost_folder: Photographs of frost in place of the drawn ice.
    """

    def __init__(
        self,
        transforms: Sequence[Callable],
        cells: Sequence[Cell],
        perturb_at: str,
        seed: int,
        channel_order: str = 'bgr',
        frost_folder: str | None = None,
    ) -> None:
        self.shared, self.each = split_pipeline(transforms, perturb_at)
        self.cells = tuple(cells)
        self.perturb_at = perturb_at
        self.seed = seed
        self.options = {'channel_order': channel_order, 'frost_folder': frost_folder}

    @property
    def transforms(self) -> list[Callable]:
        """The steps of the pipeline that it was made of."""
        return [*self.shared, *self.each]

    def __call__(self, data_info: dict[str, Any]) -> dict[str, Any]:
        """Return ``inputs`` (1 + C, 3, H, W) uint8, ``data_sample`` of the clean copy, and ids."""
        sample_id = _plain(data_info.get('id', data_info.get('sample_idx')))
        image_id = _plain(data_info.get('img_id', sample_id))
        results = _apply(self.shared, data_info)
        image = results['img']
        if not isinstance(image, np.ndarray) or image.dtype != np.uint8:
            raise ValueError(
                f'`perturb_at={self.perturb_at!r}` expects a uint8 picture at this step of '
                f'`test_dataloader.dataset.pipeline`, got {getattr(image, "dtype", type(image))}; '
                'keep `to_float32` and normalisation out of the pipeline'
            )
        if min(image.shape[:2]) < MIN_SIDE:
            mend = {
                'image': 'leave it out of `ann_file`, or perturb crops (--perturb-at crop)',
                'crop': 'make the `input_size` of the model larger',
            }
            raise ValueError(
                f'{results.get("img_path", f"picture {image_id}")} ({self.perturb_at}) has '
                f'{image.shape[1]}×{image.shape[0]} pixels, perturbations need '
                f'{MIN_SIDE}×{MIN_SIDE}: {mend[self.perturb_at]}'
            )
        key = (self.seed, image_id if self.perturb_at == 'image' else sample_id)
        clean = _apply(self.each, _forked(results))
        inputs = [clean['inputs']]
        for cell in self.cells:
            copy = _forked(results)
            copy['img'] = perturb(image, *cell, key=key, **self.options)
            inputs.append(_apply(self.each, copy)['inputs'])
        return {
            # Arrays travel to the main process through a pipe: tensors would fill /dev/shm, which
            # containers often limit to 64 MB.
            'inputs': np.stack([np.asarray(picture) for picture in inputs]),
            'data_sample': clean['data_samples'],
            'sample_id': sample_id,
            'image_id': image_id,
        }


def iterate_copies(
    dataset: Dataset, indices: Sequence[int], num_workers: int
) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield (index, sample with copies) in the order of ``indices``; workers run ahead."""
    loader = DataLoader(
        dataset,
        batch_size=None,
        sampler=list(indices),
        num_workers=num_workers,
        collate_fn=_unchanged,
    )
    return zip(indices, loader, strict=True)


def _unchanged(sample: Any) -> Any:
    return sample


def _plain(identifier: Any) -> int | str:
    return identifier if isinstance(identifier, str) else int(identifier)


def _apply(steps: Sequence[Callable], results: dict[str, Any]) -> dict[str, Any]:
    for step in steps:
        results = step(results)
        if results is None:
            raise ValueError(
                f'{type(step).__name__} of `test_dataloader.dataset.pipeline` returned no sample'
            )
    return results


def _forked(results: dict[str, Any]) -> dict[str, Any]:
    # Some transforms change arrays in place (GetBBoxCenterScale does); the picture is replaced.
    return {
        key: value.copy() if isinstance(value, np.ndarray) and key != 'img' else value
        for key, value in results.items()
    }
