"""The STB dataset reads what its converter writes."""

from mmpose.registry import DATASETS

from mmpose_stable.datasets.hand import HAND_KEYPOINTS
from mmpose_stable.datasets.stb import STBDataset


def test_dataset_is_registered_with_mmpose():
    assert DATASETS.get('STBDataset') is STBDataset


def test_keypoints_are_in_rhd_order():
    data = STBDataset(lazy_init=True)
    assert data.metainfo['dataset_name'] == 'stb'
    assert tuple(data.metainfo['keypoint_id2name'].values()) == HAND_KEYPOINTS
