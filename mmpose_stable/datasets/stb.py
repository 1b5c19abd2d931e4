"""Stereo Hand Pose Tracking Benchmark: 18,000 frames of one left hand before six backgrounds."""

from __future__ import annotations

from mmpose.registry import DATASETS

from mmpose_stable.datasets.checked import CheckedCocoDataset
from mmpose_stable.datasets.hand import hand_metainfo


@DATASETS.register_module()
class STBDataset(CheckedCocoDataset):
    """STB, from COCO style JSON as ``tools/converters/stb_to_coco.py`` writes it.

    The keypoints are in RHD's order, so models and heads fit both data sets.

    Zhang, Jiao, Chen, Qu, Xu and Yang, "A hand pose tracking benchmark from stereo matching",
    ICIP 2017.
    """

    METAINFO = hand_metainfo(
        'stb',
        dict(
            author='Zhang, Jiawei and Jiao, Jianbo and Chen, Mingliang and Qu, Liangqiong and '
            'Xu, Xiaobin and Yang, Qingxiong',
            title='A hand pose tracking benchmark from stereo matching',
            container='IEEE International Conference on Image Processing',
            year='2017',
            homepage='https://github.com/zhjwustc/icip17_stereo_hand_pose_dataset',
        ),
    )
