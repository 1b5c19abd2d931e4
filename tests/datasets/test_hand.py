"""The hand keypoints against MMPose's own descriptions and real hands."""

import numpy as np
import pytest
from annotation_files import hand_box
from mmpose.datasets.datasets.hand import Rhd2DDataset
from mmpose.datasets.datasets.utils import parse_pose_metainfo

from mmpose_stable.datasets.hand import hand_metainfo


@pytest.fixture
def rhd(monkeypatch, tmp_path):
    # MMPose looks for its data set descriptions below the working directory first.
    monkeypatch.chdir(tmp_path)
    return parse_pose_metainfo(dict(Rhd2DDataset.METAINFO))


def test_keypoints_links_and_flips_are_those_of_mmpose_rhd(rhd):
    ours = parse_pose_metainfo(hand_metainfo('hand', dict(title='a hand')))
    assert ours['keypoint_id2name'] == rhd['keypoint_id2name']
    assert ours['skeleton_links'] == rhd['skeleton_links']
    assert ours['flip_indices'] == rhd['flip_indices'] == list(range(21))
    for field in ('keypoint_colors', 'skeleton_link_colors', 'dataset_keypoint_weights'):
        np.testing.assert_array_equal(ours[field], rhd[field])


def test_hand_boxes_are_those_of_mmpose_rhd_files(shared_data, rhd):
    folder = shared_data / 'mmpose_samples' / 'rhd'
    data = Rhd2DDataset(ann_file='test_rhd.json', data_root=str(folder), pipeline=[])
    assert len(data) == 3
    for index in range(3):
        sample = data.get_data_info(index)
        x, y, width, height = hand_box(sample['keypoints'][0], (320, 320))
        np.testing.assert_allclose(sample['bbox'], [[x, y, x + width, y + height]], atol=1e-3)
