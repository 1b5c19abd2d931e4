"""The 14 joints of LSP: order, sides, flips."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from annotation_files import write_annotations
from lsp_to_coco import convert_lsp, read_image_numbers
from mmengine.dataset import Compose
from mmengine.registry import DefaultScope
from mmpose.datasets.datasets.utils import parse_pose_metainfo

from mmpose_stable.datasets.lsp import LSP_KEYPOINTS, LSP_METAINFO, LSP_SKELETON, LSPDataset
from mmpose_stable.metrics import TorsoPCKAccuracy

# Order as in the readme of the data set.
README_ORDER = """Right ankle, Right knee, Right hip, Left hip, Left knee, Left ankle, Right wrist,
Right elbow, Right shoulder, Left shoulder, Left elbow, Left wrist, Neck, Head top"""


@pytest.fixture(scope='module')
def metainfo():
    return parse_pose_metainfo(dict(LSP_METAINFO))


@pytest.fixture(scope='module')
def real(shared_data, tmp_path_factory):
    """The labelled images of the validation part, read through the converter."""
    source = shared_data / 'lsp_extended_subset'
    numbers = read_image_numbers(source / 'val.txt')
    path = tmp_path_factory.mktemp('lsp') / 'val.json'
    write_annotations(convert_lsp(source, numbers).document, path)
    with DefaultScope.overwrite_default_scope('mmpose'):
        return LSPDataset(
            ann_file=str(path),
            data_prefix=dict(img=str(source / 'images')),
            pipeline=[dict(type='LoadImage')],
        )


def test_joints_have_the_order_of_the_readme():
    names = [' '.join(name.split()) for name in README_ORDER.split(',')]
    assert tuple(name.lower().replace(' ', '_') for name in names) == LSP_KEYPOINTS


def test_flip_swaps_right_and_left_and_keeps_the_middle(metainfo):
    for index, name in enumerate(LSP_KEYPOINTS):
        mirrored = LSP_KEYPOINTS[metainfo['flip_indices'][index]]
        sides = {'right': 'left', 'left': 'right'}
        side, _, joint = name.partition('_')
        assert mirrored == (f'{sides[side]}_{joint}' if side in sides else name)


def test_weights_and_sigmas_agree_between_the_sides(metainfo):
    for field in ('dataset_keypoint_weights', 'sigmas'):
        values = metainfo[field]
        assert values.shape == (14,)
        np.testing.assert_array_equal(values, values[metainfo['flip_indices']])


def test_skeleton_connects_all_joints_and_crosses_sides_only_at_the_hips():
    reached = {'neck'}
    for _ in LSP_SKELETON:
        reached |= {name for link in LSP_SKELETON if reached & set(link) for name in link}
    assert reached == set(LSP_KEYPOINTS)
    sides = {link: {name.partition('_')[0] for name in link} for link in LSP_SKELETON}
    crossing = [link for link, names in sides.items() if names == {'right', 'left'}]
    assert crossing == [('right_hip', 'left_hip')]


def test_real_samples_load_with_joints_inside_their_boxes(real):
    assert len(real) == 607
    for index in range(0, 607, 100):
        sample = real[index]
        height, width = sample['img'].shape[:2]
        points = sample['keypoints'][0]
        assert sample['keypoints_visible'].all()
        assert (points >= 0).all()
        assert (points <= [width - 1, height - 1]).all()
        assert (points >= sample['bbox'][0, :2]).all()
        assert (points <= sample['bbox'][0, 2:]).all()


def test_real_bodies_have_both_sides_of_shoulders_and_hips_on_the_same_side(real):
    points = np.concatenate([real.get_data_info(index)['keypoints'] for index in range(len(real))])
    joints = dict(zip(LSP_KEYPOINTS, points.transpose(1, 0, 2), strict=True))
    upright = joints['neck'][:, 1] < joints['right_hip'][:, 1] - 30
    shoulders = (joints['right_shoulder'] - joints['left_shoulder'])[upright, 0]
    hips = (joints['right_hip'] - joints['left_hip'])[upright, 0]
    assert upright.sum() > 300
    assert np.mean(np.sign(shoulders) == np.sign(hips)) > 0.85


def test_real_limbs_are_longer_than_the_neck_to_shoulder_distance(real):
    points = np.concatenate([real.get_data_info(index)['keypoints'] for index in range(len(real))])
    joints = dict(zip(LSP_KEYPOINTS, points.transpose(1, 0, 2), strict=True))

    def length(start, end):
        return np.median(np.linalg.norm(joints[start] - joints[end], axis=-1))

    for side in ('right', 'left'):
        shoulder = length('neck', f'{side}_shoulder')
        assert length(f'{side}_hip', f'{side}_knee') > shoulder
        assert length(f'{side}_knee', f'{side}_ankle') > shoulder
        assert length(f'{side}_hip', f'{side}_shoulder') > 1.5 * shoulder
    other = length('right_knee', 'left_ankle')
    assert length('right_knee', 'right_ankle') < other


def test_real_sample_goes_through_a_flipped_pipeline_and_scores_one(real):
    pipeline = [
        dict(type='LoadImage'),
        dict(type='GetBBoxCenterScale'),
        dict(type='RandomFlip', prob=1.0),
        dict(type='TopdownAffine', input_size=(192, 256)),
        dict(type='PackPoseInputs'),
    ]
    with DefaultScope.overwrite_default_scope('mmpose'):
        packed = Compose(pipeline)(real.get_data_info(3))
    original = real.get_data_info(3)['keypoints'][0]
    truth = packed['data_samples'].gt_instances
    right, left = LSP_KEYPOINTS.index('right_wrist'), LSP_KEYPOINTS.index('left_wrist')
    width = packed['data_samples'].ori_shape[1]
    np.testing.assert_allclose(
        truth.keypoints[0, right], [width - 1 - original[left, 0], original[left, 1]]
    )
    metric = TorsoPCKAccuracy()
    metric.dataset_meta = real.metainfo
    sample = packed['data_samples'].to_dict()
    metric.process([], [dict(sample, pred_instances=dict(keypoints=truth.keypoints))])
    assert metric.evaluate(1)['torso/PCK'] == 1


def test_real_image_size_of_the_labels_is_that_of_the_image(real):
    labels = json.loads(Path(real.ann_file).read_text())
    entry = next(entry for entry in labels['images'] if entry['id'] == real[3]['img_id'])
    image = cv2.imread(real[3]['img_path'])
    assert (entry['height'], entry['width']) == image.shape[:2]
