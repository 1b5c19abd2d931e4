"""The data set of a run: built, checked, and made to return perturbed copies."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from mmpose.registry import DATASETS
from torch.utils.data import Dataset

from mmpose_stable.datasets import check_configured_files
from mmpose_stable.datasets.label_files import indices_with_area
from mmpose_stable.perturbations.boxes import BOX_KINDS
from mmpose_stable.robustness.copies import CopiesPipeline


def build_dataset(config: Mapping[str, Any]) -> Dataset:
    """Build a data set; what MMPose says of a file without a person does not name the file.

    Boxes without area are left out: no distance can be measured in sizes of such a box.
    """
    check_configured_files(config)
    try:
        dataset = DATASETS.build(copy.deepcopy(config))
    except (ValueError, ZeroDivisionError) as error:
        raise ValueError(
            f'`test_dataloader.dataset` cannot be read, with `ann_file` '
            f'{config.get("ann_file")!r}: {error}. If nothing else is said here, no person is '
            'labelled in it'
        ) from error
    if config.get('bbox_file'):
        kept = indices_with_area(dataset.get_data_info(at) for at in range(len(dataset)))
        if len(kept) < len(dataset):
            dataset.get_subset_(kept)
    return dataset


def add_copies(dataset: Dataset, whole: bool, **settings: Any) -> None:
    """Let a data set return copies, in place.

    Args:
        dataset: A data set of MMPose.
        whole: Whether the model predicts all persons of a picture.
        **settings: Those of :class:`CopiesPipeline` but for the transforms.

    Raises:
        ValueError: The data set has no pipeline, or the model no crop to perturb or move.
    """
    kinds = [cell.kind for cell in settings['cells'] if cell.kind in BOX_KINDS]
    if whole and (settings['perturb_at'] == 'crop' or kinds):
        given = f'kinds={kinds[0]!r}' if kinds else "perturb_at='crop'"
        raise ValueError(
            '`test_cfg` (--perturb-at, --perturbations): a model of whole pictures has no crop to '
            f"perturb or move, got {given}; use perturb_at='image' and kinds of pictures"
        )
    steps = getattr(getattr(dataset, 'pipeline', None), 'transforms', None)
    if steps is None:
        raise ValueError(
            '`test_dataloader.dataset`: expected a data set with a `pipeline` of transforms, '
            f'got {type(dataset).__name__}; several data sets go into a CombinedDataset'
        )
    dataset.pipeline = CopiesPipeline(steps, **settings)
