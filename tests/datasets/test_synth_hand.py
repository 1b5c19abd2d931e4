"""The synthetic hand data set: determinism, labels, bad input and use in MMPose's runner."""

import hashlib
import os
import subprocess
import sys

import cv2
import numpy as np
import pytest
from mmengine.config import Config
from mmengine.runner import Runner
from mmpose.registry import DATASETS
from mmpose.utils import register_all_modules

from mmpose_stable.datasets.synth_hand import SynthHandDataset
from mmpose_stable.datasets.synth_hand.renderer import (
    place_in_picture,
    random_stream,
    render_hand,
    sample_scene,
)

SIZE = (96, 96)
CODEC = dict(type='MSRAHeatmap', input_size=(128, 128), heatmap_size=(32, 32), sigma=2)
HASH_SCRIPT = """
import hashlib
from mmpose_stable.datasets.synth_hand.renderer import render_hand
digest = hashlib.sha256()
for index in range(4):
    picture = render_hand(7, 'val', index, (96, 96))
    digest.update(picture.image.tobytes())
    digest.update(picture.keypoints.tobytes())
print(digest.hexdigest())
"""


@pytest.fixture(scope='module')
def pictures():
    return [render_hand(0, 'train', index, SIZE) for index in range(40)]


def test_same_key_gives_the_same_bytes_in_another_process_with_other_threads():
    digest = hashlib.sha256()
    for index in range(4):
        picture = render_hand(7, 'val', index, SIZE)
        digest.update(picture.image.tobytes())
        digest.update(picture.keypoints.tobytes())
    environment = {**os.environ, 'OMP_NUM_THREADS': '2', 'OPENBLAS_NUM_THREADS': '2'}
    run = subprocess.run(
        [sys.executable, '-c', HASH_SCRIPT], env=environment, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.split()[-1] == digest.hexdigest()


def test_order_of_rendering_does_not_matter():
    first = render_hand(0, 'train', 5, SIZE).image
    render_hand(0, 'train', 6, SIZE)
    np.testing.assert_array_equal(render_hand(0, 'train', 5, SIZE).image, first)


def test_seed_split_and_index_each_change_the_picture():
    keys = [(0, 'train', 3), (1, 'train', 3), (0, 'val', 3), (0, 'test', 3), (0, 'train', 4)]
    renders = [render_hand(*key, SIZE) for key in keys]
    assert len({r.image.tobytes() for r in renders}) == len(keys)
    assert len({r.keypoints.tobytes() for r in renders}) == len(keys)


def test_labels_are_projected_joints_and_lie_inside_the_picture(pictures):
    for index, picture in enumerate(pictures):
        scene = sample_scene(random_stream(0, 'train', index))
        projection = place_in_picture(scene.view, scene.keypoints, SIZE, scene.left)
        sign = np.array([-1.0 if scene.left else 1.0, 1, 1])
        camera = (scene.keypoints * sign) @ scene.view.rotation.T
        camera += [0, 0, scene.view.distance] - camera.mean(axis=0)
        expected = projection.focal * camera[:, :2] / camera[:, 2:] + projection.centre
        np.testing.assert_allclose(picture.keypoints, expected, atol=1e-8)
        assert (picture.keypoints >= 0).all()
        assert (picture.keypoints <= np.array(SIZE) - 1).all()
        assert picture.left == scene.left


def test_every_joint_lies_under_skin(pictures):
    for picture in pictures:
        # A finger tip on the outline may round to the pixel beside it.
        near = cv2.dilate(picture.mask.astype(np.uint8), np.ones((3, 3), np.uint8))
        column, row = np.rint(picture.keypoints).astype(int).T
        assert near[row, column].all()


def test_some_joints_are_hidden_and_most_are_not(pictures):
    share = np.mean([picture.visible for picture in pictures])
    assert 0.5 < share < 0.95


def test_both_hands_and_many_skin_tones_occur(pictures):
    assert 0.2 < np.mean([picture.left for picture in pictures]) < 0.8
    tones = [sample_scene(random_stream(0, 'train', index)).look.back.mean() for index in range(40)]
    assert max(tones) > 4 * min(tones)


def test_box_holds_all_keypoints_and_stays_in_the_picture(pictures):
    for picture in pictures:
        assert (picture.box[:2] <= picture.keypoints.min(axis=0)).all()
        assert (picture.box[2:] >= picture.keypoints.max(axis=0)).all()
        assert (picture.box >= 0).all()
        assert (picture.box[2:] <= np.array(SIZE) - 1).all()


def test_other_size_shows_the_same_hand_scaled():
    for index in range(6):
        small, large = (render_hand(0, 'train', index, (s, s)) for s in (64, 192))
        np.testing.assert_allclose(
            (small.keypoints + 0.5) / 64, (large.keypoints + 0.5) / 192, atol=1e-9
        )
        mask = cv2.resize(large.mask.astype(np.float32), (64, 64), interpolation=cv2.INTER_AREA)
        assert ((mask > 0.5) == small.mask).mean() > 0.98


def test_wide_picture_keeps_the_hand_in_proportion():
    square, wide = render_hand(0, 'train', 1, (80, 80)), render_hand(0, 'train', 1, (160, 80))
    assert wide.image.shape == (80, 160, 3)
    np.testing.assert_allclose(
        np.ptp(wide.keypoints, axis=0), np.ptp(square.keypoints, axis=0), atol=1e-9
    )


def test_data_info_holds_what_topdown_pipelines_read():
    dataset = SynthHandDataset(num_samples=3, image_size=SIZE)
    info = dataset[2]
    picture = render_hand(0, 'train', 2, SIZE)
    np.testing.assert_array_equal(info['img'], picture.image)
    assert info['img'].dtype == np.uint8
    assert info['img_path'] == 'synthhand://0/train/all/96x96/000002.png'
    assert info['keypoints'].shape == (1, 21, 2)
    np.testing.assert_allclose(info['keypoints'][0], picture.keypoints, atol=1e-4)
    np.testing.assert_array_equal(info['keypoints_visible'], np.ones((1, 21)))
    np.testing.assert_array_equal(info['keypoints_occluded'][0], ~picture.visible)
    assert info['bbox'].shape == (1, 4)
    assert info['bbox_score'].shape == (1,)
    assert info['hand_side'] == ('left' if picture.left else 'right')
    assert (info['id'], info['img_id']) == (2, 2)
    annotation = np.reshape(info['raw_ann_info']['keypoints'], (21, 3))
    np.testing.assert_allclose(annotation[:, :2], picture.keypoints, atol=1e-4)


def test_occluded_joints_become_invisible_on_request():
    dataset = SynthHandDataset(num_samples=20, image_size=SIZE, occluded_as_invisible=True)
    infos = [dataset[index] for index in range(20)]
    for info in infos:
        np.testing.assert_array_equal(info['keypoints_visible'] == 0, info['keypoints_occluded'])
    assert any((info['keypoints_visible'] == 0).any() for info in infos)


def test_length_needs_no_rendering_and_indices_keep_their_pictures():
    assert len(SynthHandDataset(num_samples=50_000)) == 50_000
    subset = SynthHandDataset(num_samples=10, image_size=SIZE, indices=[4, 7])
    assert len(subset) == 2
    np.testing.assert_array_equal(subset[1]['img'], render_hand(0, 'train', 7, SIZE).image)


def test_keypoint_layout_is_the_one_of_rhd():
    from mmpose.datasets.datasets import Rhd2DDataset

    try:
        rhd = Rhd2DDataset(lazy_init=True).metainfo
    except FileNotFoundError:
        pytest.skip('this MMPose has no .mim folder to read the RHD layout from')
    ours = SynthHandDataset(num_samples=1).metainfo
    for key in ('num_keypoints', 'keypoint_id2name', 'flip_indices', 'skeleton_links'):
        assert ours[key] == rhd[key], key
    for key in ('keypoint_colors', 'skeleton_link_colors', 'dataset_keypoint_weights'):
        np.testing.assert_array_equal(ours[key], rhd[key])


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (dict(num_samples=0), 'num_samples must be an integer of at least 1, got 0'),
        (dict(num_samples=2.5), 'num_samples'),
        (dict(seed=-1), 'seed must be an integer of at least 0, got -1'),
        (dict(split='training'), "split must be one of .*, got 'training'"),
        (dict(views='back'), r"views must be one of \('all', 'palm'\), got 'back'"),
        (dict(image_size=(16, 160)), 'image_size must be an integer of at least 32, got 16'),
        (dict(image_size=160), r'image_size must be \(width, height\), got 160'),
        (dict(image_size=(64, 64, 3)), 'image_size'),
        (dict(data_mode='bottomup'), "data_mode must be 'topdown'"),
    ],
)
def test_bad_argument_is_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        SynthHandDataset(**arguments)


def loader(split: str, pipeline: list, **overrides) -> dict:
    return dict(
        batch_size=2,
        num_workers=0,
        sampler=dict(type='DefaultSampler', shuffle=split == 'train'),
        dataset=dict(
            type='SynthHandDataset',
            num_samples=4,
            split=split,
            image_size=SIZE,
            pipeline=pipeline,
            **overrides,
        ),
    )


def test_stock_estimator_trains_two_iterations_and_is_evaluated(tmp_path):
    register_all_modules()
    crop = [dict(type='TopdownAffine', input_size=(128, 128))]
    load = [dict(type='LoadImage'), dict(type='GetBBoxCenterScale')]
    augment = [
        dict(type='RandomFlip', direction='horizontal'),
        dict(type='RandomBBoxTransform', rotate_factor=180, scale_factor=(0.7, 1.3)),
    ]
    target, pack = [dict(type='GenerateTarget', encoder=CODEC)], [dict(type='PackPoseInputs')]
    validation = loader('val', load + crop + pack, test_mode=True)
    config = Config(
        dict(
            default_scope='mmpose',
            work_dir=str(tmp_path),
            model=dict(
                type='TopdownPoseEstimator',
                data_preprocessor=dict(type='PoseDataPreprocessor', bgr_to_rgb=True),
                backbone=dict(type='ResNet', depth=18),
                head=dict(
                    type='HeatmapHead',
                    in_channels=512,
                    out_channels=21,
                    loss=dict(type='KeypointMSELoss', use_target_weight=True),
                    decoder=CODEC,
                ),
                test_cfg=dict(flip_test=True, flip_mode='heatmap', shift_heatmap=True),
            ),
            train_dataloader=loader('train', load + augment + crop + target + pack),
            val_dataloader=validation,
            val_evaluator=[
                dict(type='PCKAccuracy', thr=0.2),
                dict(type='AUC'),
                dict(type='EPE'),
            ],
            train_cfg=dict(by_epoch=False, max_iters=2, val_interval=2),
            val_cfg=dict(),
            optim_wrapper=dict(optimizer=dict(type='Adam', lr=1e-4)),
            default_hooks=dict(checkpoint=None),
            log_level='ERROR',
        )
    )
    runner = Runner.from_cfg(config)
    runner.train()
    assert runner.iter == 2
    metrics = runner.val_loop.run()
    assert {'PCK', 'AUC', 'EPE'} <= set(metrics)
    assert all(np.isfinite(value) for value in metrics.values())


def test_registry_builds_the_data_set_by_its_name():
    dataset = DATASETS.build(dict(type='SynthHandDataset', num_samples=1, image_size=SIZE))
    assert isinstance(dataset, SynthHandDataset)
