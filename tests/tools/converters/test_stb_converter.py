"""STB on files made in the layout of its readme."""

import cv2
import numpy as np
import pytest
from annotation_files import HAND_KEYPOINTS
from mmengine.config import Config
from mmpose.registry import DATASETS
from scipy.io import savemat
from stb_to_coco import CAMERAS, SPLITS, STB_JOINTS, convert_stb, project, to_camera_frame

from mmpose_stable.config_parts import replace_data_root

FRAMES = 4
# Order as in the readme of the data set: the palm, then each finger from its base to its tip.
README_ORDER = ('pinky_finger', 'ring_finger', 'middle_finger', 'forefinger', 'thumb')


def hand(seed=0):
    """(3, 21, frames) in millimetres, half a metre in front of the camera."""
    rng = np.random.default_rng(seed)
    return rng.uniform(-60, 60, (3, 21, FRAMES)) + np.array([0, 0, 550])[:, None, None]


@pytest.fixture
def source(tmp_path):
    folder = tmp_path / 'STB'
    (folder / 'labels').mkdir(parents=True)
    for seed, sequence in enumerate(SPLITS['test']):
        (folder / 'images' / sequence).mkdir(parents=True)
        for offset, suffix in enumerate(('BB', 'SK')):
            labels = dict(handPara=hand(2 * seed + offset))
            savemat(folder / 'labels' / f'{sequence}_{suffix}.mat', labels)
        for camera in CAMERAS.values():
            for frame in range(FRAMES):
                path = folder / 'images' / sequence / f'{camera.images}_{frame}.png'
                cv2.imwrite(str(path), np.zeros((480, 640), np.uint8))
    return folder


def test_joint_names_follow_the_readme_and_the_parts_share_no_sequence():
    joints = [f'{finger}{joint}' for finger in README_ORDER for joint in (1, 2, 3, 4)]
    assert list(STB_JOINTS) == ['palm', *joints]
    assert not set(SPLITS['train']) & set(SPLITS['test'])


def test_right_camera_sees_a_point_shifted_by_the_disparity():
    points = hand()[:, :, 0].T
    left, right = CAMERAS['left'], CAMERAS['right']
    shift = project(points, left) - project(to_camera_frame(points, right), right)
    np.testing.assert_allclose(shift[:, 0], 822.79041 * 120.054 / points[:, 2])
    np.testing.assert_allclose(shift[:, 1], 0, atol=1e-9)


def test_color_camera_undoes_the_depth_transform_of_the_readme():
    camera = CAMERAS['color']
    in_color = hand()[:, :, 0].T
    # The readme: rotation and translation bring the colour camera's frame to the depth camera's.
    x, y, z = camera.rotation
    angle = np.sqrt(x * x + y * y + z * z)
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]]) / angle
    rotation = np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross
    in_depth = np.array([rotation @ point + np.array(camera.translation) for point in in_color])
    np.testing.assert_allclose(to_camera_frame(in_depth, camera), in_color, atol=1e-9)


def test_every_keypoint_is_the_projection_of_its_joint(source):
    document = convert_stb(source, 'test').document
    joints = hand(0).transpose(2, 1, 0)
    for points, entry in zip(joints, document['annotations'], strict=False):
        keypoints = np.reshape(entry['keypoints'], (21, 3))
        for index, name in enumerate(HAND_KEYPOINTS):
            point = points[STB_JOINTS.index('palm' if index == 0 else name)]
            if index == 0:
                point = 2 * point - points[STB_JOINTS.index('ring_finger1')]
            pixel = 822.79041 * point[:2] / point[2] + [318.47345, 250.31296]
            np.testing.assert_allclose(keypoints[index, :2], pixel, atol=1e-3)


def test_keypoint_outside_of_the_image_is_labelled_but_hidden(source):
    joints = hand()
    joints[0, 3] += 2000
    savemat(source / 'labels' / 'B1Random_BB.mat', dict(handPara=joints))
    entry = convert_stb(source, 'test').document['annotations'][-1]
    flags = dict(zip(HAND_KEYPOINTS, entry['keypoints'][2::3], strict=True))
    assert flags.pop('pinky_finger3') == 1
    assert flags.pop('wrist') in (1, 2)
    assert set(flags.values()) == {2}
    assert entry['bbox'][0] + entry['bbox'][2] <= 639


@pytest.mark.parametrize(
    ('labels', 'reason'),
    [
        (np.zeros((21, 3, 5)), r'shape \(3, 21, frames\)'),
        (-hand(), 'behind the camera'),
        (hand().repeat(2, 2), r'BB_left_4\.png is missing'),
    ],
)
def test_wrong_labels_are_refused_with_a_reason(source, labels, reason):
    savemat(source / 'labels' / 'B1Random_BB.mat', dict(handPara=labels))
    with pytest.raises(ValueError, match=reason):
        convert_stb(source, 'test')


def test_the_shipped_config_reads_what_the_documented_commands_write(source, repo, run_tool):
    cfg = Config.fromfile(repo / 'configs' / 'stable' / 'stb_mobilenetv2' / 'base.py')
    dataset = cfg.test_dataloader.dataset
    page = (repo / 'docs' / 'data.md').read_text(encoding='utf-8')
    assert f'--out data/stb/{cfg.train_dataloader.dataset.ann_file}' in page
    out = source / dataset.ann_file
    run_tool('converters/stb_to_coco', source, '--split', 'test', '--out', out)
    replace_data_root(cfg, str(source))
    data = DATASETS.build(dataset)
    assert len(data) == 2 * FRAMES
    assert data[0]['inputs'].shape == (3, *reversed(cfg.codec.input_size))
    assert tuple(data.metainfo['keypoint_id2name'].values()) == HAND_KEYPOINTS
    assert data.metainfo['dataset_name'] == 'stb'
