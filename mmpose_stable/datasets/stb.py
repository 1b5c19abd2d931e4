"""Stereo Hand Pose Tracking Benchmark: 18,000 frames of one left hand before six backgrounds."""

from typing import Any, ClassVar

from mmpose.registry import DATASETS

from mmpose_stable.datasets.checked import CheckedCocoDataset


@DATASETS.register_module()
class STBDataset(CheckedCocoDataset):
    """STB, from COCO style JSON as ``tools/converters/stb_to_coco.py`` writes it.

    The keypoints are in RHD's order, so models and heads fit both data sets.

    Zhang, Jiao, Chen, Qu, Xu and Yang, "A hand pose tracking benchmark from stereo matching",
    ICIP 2017.
    """

    # In MMPose.
    METAINFO: ClassVar[dict] = {'from_file': 'configs/_base_/datasets/rhd2d.py'}

    @classmethod
    def _load_metainfo(cls, metainfo: dict[str, Any] | None = None) -> dict[str, Any]:
        return {**super()._load_metainfo(metainfo), 'dataset_name': 'stb'}
