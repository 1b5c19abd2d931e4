"""The 14 joints of LSP: order, sides, flips."""

import numpy as np
from annotation_files import save
from lsp_to_coco import convert_lsp, read_image_numbers
from mmpose.datasets.datasets.utils import parse_pose_metainfo

from mmpose_stable.datasets.lsp import LSP_KEYPOINTS, LSP_METAINFO, LSPDataset

# Order as in the readme of the data set.
README_ORDER = """Right ankle, Right knee, Right hip, Left hip, Left knee, Left ankle, Right wrist,
Right elbow, Right shoulder, Left shoulder, Left elbow, Left wrist, Neck, Head top"""
OTHER_SIDE = {'right': 'left', 'left': 'right'}


def test_joints_have_the_order_of_the_readme():
    names = README_ORDER.lower().replace('\n', ' ').split(', ')
    assert tuple(name.replace(' ', '_') for name in names) == LSP_KEYPOINTS


def test_flip_swaps_right_and_left_and_keeps_the_middle():
    words = [name.split('_') for name in LSP_KEYPOINTS]
    mirrored = ['_'.join(OTHER_SIDE.get(word, word) for word in name) for name in words]
    flipped = parse_pose_metainfo(dict(LSP_METAINFO))['flip_indices']
    assert [LSP_KEYPOINTS[at] for at in flipped] == mirrored


def test_real_joints_lie_in_their_boxes_and_have_the_right_sides(shared_data, tmp_path):
    source, labels = shared_data / 'lsp_extended_subset', tmp_path / 'val.json'
    save(convert_lsp(source, read_image_numbers(source / 'val.txt')), labels)
    real = LSPDataset(ann_file=str(labels), data_prefix=dict(img=str(source / 'images')))
    assert len(real) == 607
    samples = [real.get_data_info(index) for index in range(607)]
    points, boxes = (np.concatenate([s[key] for s in samples]) for key in ('keypoints', 'bbox'))
    assert all(sample['keypoints_visible'].all() for sample in samples)
    assert (points >= boxes[:, None, :2]).all()
    assert (points <= boxes[:, None, 2:]).all()
    joints = dict(zip(LSP_KEYPOINTS, points.transpose(1, 0, 2), strict=True))
    upright = joints['neck'][:, 1] < joints['right_hip'][:, 1] - 30
    shoulders = (joints['right_shoulder'] - joints['left_shoulder'])[upright, 0]
    hips = (joints['right_hip'] - joints['left_hip'])[upright, 0]
    assert upright.sum() > 300
    assert np.mean(np.sign(shoulders) == np.sign(hips)) > 0.85
