"""Skeleton, camera, mesh and z-buffer of the synthetic hand against naive references."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from mmpose_stable.datasets.synth_hand.camera import View, place_in_picture, quaternion_rotation
from mmpose_stable.datasets.synth_hand.kinematics import (
    HandPose,
    HandShape,
    keypoints_in_rhd_order,
    pose_hand,
)
from mmpose_stable.datasets.synth_hand.poses import sample_pose, sample_shape
from mmpose_stable.datasets.synth_hand.rasterizer import rasterize
from mmpose_stable.datasets.synth_hand.renderer import (
    draw_hand,
    keypoints_in_sight,
    random_stream,
    sample_scene,
)
from mmpose_stable.datasets.synth_hand.skeleton import rest_skeleton
from mmpose_stable.datasets.synth_hand.surface_nets import surface_nets
from mmpose_stable.datasets.synth_hand.template import hand_template, skin

PLAIN = HandShape(np.ones(3), np.ones((5, 3)), np.ones(5), 1.0)
STRAIGHT = HandPose(np.zeros((5, 3)), np.zeros(5), 0.0, np.zeros(2))
MIRROR = np.diag([-1.0, 1.0, 1.0])


def bend_from_the_tip(pose: HandPose) -> np.ndarray:
    """Bend the rest chains joint by joint, outermost first, each about its axis at rest."""
    chains, frames, _ = rest_skeleton()
    chains = chains.copy()
    rest = chains.copy()
    for finger in range(5):
        for joint in (2, 1, 0):
            x, y, z = frames[finger, joint].T
            turns = [Rotation.from_rotvec(-pose.flexion[finger, joint] * x)]
            if joint == 0:
                turns.append(Rotation.from_rotvec(pose.abduction[finger] * z))
                if finger == 0:
                    turns.insert(0, Rotation.from_rotvec(pose.thumb_twist * y))
            for turn in turns:
                centre = rest[finger, joint]
                chains[finger, joint + 1 :] = (
                    turn.apply(chains[finger, joint + 1 :] - centre) + centre
                )
    return chains


def test_straight_pose_is_the_rest_hand():
    np.testing.assert_allclose(pose_hand(STRAIGHT, PLAIN).chains, rest_skeleton()[0], atol=1e-12)


def test_joints_agree_with_bending_the_rest_hand_from_the_tips():
    rng = np.random.default_rng(0)
    for _ in range(20):
        pose = sample_pose(rng)
        np.testing.assert_allclose(
            pose_hand(pose, PLAIN).chains, bend_from_the_tip(pose), atol=1e-9
        )


def test_bone_lengths_depend_on_the_shape_only():
    rng = np.random.default_rng(1)
    shape = sample_shape(rng)
    expected = rest_skeleton()[2] * shape.lengths
    for _ in range(10):
        chains = pose_hand(sample_pose(rng), shape).chains
        np.testing.assert_allclose(np.linalg.norm(np.diff(chains, axis=1), axis=-1), expected)


def test_keypoints_run_from_tip_to_base():
    chains = np.arange(60.0).reshape(5, 4, 3)
    keypoints = keypoints_in_rhd_order(chains)
    np.testing.assert_array_equal(keypoints[0], 0)
    for finger in range(5):
        for level in range(4):
            expected = chains[finger, level]
            np.testing.assert_array_equal(keypoints[1 + 4 * finger + 3 - level], expected)


def test_straight_pose_leaves_the_skin_where_it_is():
    template = hand_template()
    posed = skin(
        template,
        pose_hand(STRAIGHT, PLAIN),
        np.zeros(len(template.vertices)),
        np.eye(3),
        np.zeros(3),
    )
    np.testing.assert_allclose(posed, template.vertices, atol=1e-4)


def test_skin_follows_the_bones_rigidly_at_the_fingertips():
    template = hand_template()
    pose = sample_pose(np.random.default_rng(2))
    posed = skin(
        template,
        pose_hand(pose, PLAIN),
        np.zeros(len(template.vertices)),
        np.eye(3),
        np.zeros(3),
    )
    rest_tips, tips = rest_skeleton()[0][:, 3], pose_hand(pose, PLAIN).chains[:, 3]
    for rest_tip, tip in zip(rest_tips, tips, strict=True):
        before = np.linalg.norm(template.vertices - rest_tip, axis=1)
        near = before < 0.7
        assert near.any()
        after = np.linalg.norm(posed[near] - tip, axis=1)
        np.testing.assert_allclose(after, before[near], atol=0.02)


def test_hand_surface_is_closed_and_faces_outward():
    template = hand_template()
    triangles = template.triangles
    edges = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    # Each edge is passed as often in one direction as in the other.
    there, counts = np.unique(edges, axis=0, return_counts=True)
    back, back_counts = np.unique(edges[:, ::-1], axis=0, return_counts=True)
    np.testing.assert_array_equal(there, back)
    np.testing.assert_array_equal(counts, back_counts)
    a, b, c = (template.vertices[triangles[:, i]].astype(float) for i in range(3))
    assert np.einsum('ij,ij->', a, np.cross(b, c)) > 0


def test_surface_net_of_a_ball_has_its_radius_and_faces_outward():
    axis = np.arange(-2, 2.01, 0.2)
    grid = np.stack(np.meshgrid(axis, axis, axis, indexing='ij'), axis=-1)
    vertices, triangles = surface_nets(np.linalg.norm(grid, axis=-1) - 1.3, np.full(3, -2.0), 0.2)
    np.testing.assert_allclose(np.linalg.norm(vertices, axis=1), 1.3, atol=0.02)
    a, b, c = (vertices[triangles[:, i]] for i in range(3))
    assert (np.einsum('ij,ij->i', a, np.cross(b - a, c - a)) > 0).all()
    volume = np.einsum('ij,ij->', a, np.cross(b, c)) / 6
    assert volume == pytest.approx(4 / 3 * np.pi * 1.3**3, rel=0.03)


def naive_z_buffer(points, depth, triangles, size):
    """Loop over triangles and pixels; returns the depth image."""
    image = np.full((size[1], size[0]), np.inf)
    for triangle in triangles:
        a, b, c = points[triangle]
        matrix = np.array([[a[0], b[0], c[0]], [a[1], b[1], c[1]], [1, 1, 1]])
        if np.linalg.det(matrix) >= 0:
            continue
        inverse = np.linalg.inv(matrix)
        for y in range(size[1]):
            for x in range(size[0]):
                weights = inverse @ [x, y, 1]
                if (weights >= 0).all():
                    image[y, x] = min(image[y, x], 1 / (weights @ (1 / depth[triangle])))
    return image


def test_z_buffer_agrees_with_a_loop_over_triangles_and_pixels():
    rng = np.random.default_rng(3)
    points, depth = rng.uniform(-4, 20, (24, 2)), rng.uniform(5, 40, 24)
    triangles = rng.permuted(np.tile(np.arange(24), (40, 1)), axis=1)[:, :3]
    size = (17, 13)
    seen = rasterize(points, depth, triangles, size)
    expected = naive_z_buffer(points, depth, triangles, size)
    image = np.full(size[0] * size[1], np.inf)
    image[seen.pixels] = seen.depth
    image = image.reshape(expected.shape)
    agree = np.isclose(image, expected, rtol=1e-4)
    # Pixel centres within a hair of an edge may fall to either side.
    assert np.isfinite(expected).mean() > 0.5
    assert agree.mean() > 0.99
    weights = seen.barycentric
    np.testing.assert_allclose(weights.sum(axis=1), 1, atol=1e-5)


def test_every_pixel_inside_a_mesh_is_covered():
    axis = np.arange(0.0, 9.0)
    x, y = np.meshgrid(axis, axis)
    points = np.stack([x.ravel(), y.ravel()], axis=1)
    corner = np.arange(81).reshape(9, 9)
    a, b, c, d = corner[:-1, :-1], corner[:-1, 1:], corner[1:, 1:], corner[1:, :-1]
    upper = np.stack([a, c, b], axis=-1).reshape(-1, 3)
    lower = np.stack([a, d, c], axis=-1).reshape(-1, 3)
    seen = rasterize(points, np.full(81, 7.0), np.concatenate([upper, lower]), (9, 9))
    np.testing.assert_array_equal(seen.pixels, np.arange(81))
    np.testing.assert_allclose(seen.depth, 7.0, rtol=1e-5)


def test_projection_agrees_with_a_homogeneous_camera_matrix():
    rng = np.random.default_rng(4)
    scene = sample_scene(rng)
    projection = place_in_picture(scene.view, scene.keypoints, (200, 120), scene.left)
    rotation = scene.view.rotation @ (MIRROR if scene.left else np.eye(3))
    extrinsic = np.column_stack([rotation, projection.translation])
    intrinsic = np.array(
        [
            [projection.focal, 0, projection.centre[0]],
            [0, projection.focal, projection.centre[1]],
            [0, 0, 1],
        ]
    )
    for point in scene.keypoints:
        u, v, w = intrinsic @ extrinsic @ np.append(point, 1)
        pixel = projection.to_pixels(projection.to_camera(point[None]))[0]
        np.testing.assert_allclose(pixel, [u / w, v / w], atol=1e-9)
    middle = projection.to_camera(scene.keypoints).mean(axis=0)
    np.testing.assert_allclose(middle, [0, 0, scene.view.distance], atol=1e-9)


def palm_and_fingers(views: str) -> np.ndarray:
    """How squarely palms face the camera and how steeply fingers point up, as cosines (N, 2)."""
    rotations = [
        sample_scene(random_stream(1, 'train', index), views).view.rotation for index in range(150)
    ]
    return np.array([(rotation[2, 2], -rotation[1, 1]) for rotation in rotations])


def test_palm_views_show_the_palm_of_a_hand_held_up():
    assert palm_and_fingers('palm').min() > 0.4
    assert (palm_and_fingers('all').min(axis=0) < [-0.8, -0.5]).all()


def test_left_hand_is_the_mirror_image_of_a_right_hand():
    size = (90, 90)
    for index in range(4):
        right = replace(sample_scene(random_stream(5, 'train', index)), left=False)
        view = right.view
        turned = View(
            MIRROR @ view.rotation @ MIRROR,
            view.distance,
            view.extent,
            np.array([1 - view.place[0], view.place[1]]),
        )
        left = replace(right, left=True, view=turned)
        pictures = []
        for scene in (right, left):
            projection = place_in_picture(scene.view, scene.keypoints, size, scene.left)
            pixels = projection.to_pixels(projection.to_camera(scene.keypoints))
            pictures.append((pixels, draw_hand(scene, projection, size)[1]))
        (pixels, mask), (mirrored_pixels, mirrored_mask) = pictures
        np.testing.assert_allclose(mirrored_pixels[:, 0], 89 - pixels[:, 0], atol=1e-6)
        np.testing.assert_allclose(mirrored_pixels[:, 1], pixels[:, 1], atol=1e-6)
        assert (mask[:, ::-1] == mirrored_mask).mean() > 0.999


def test_right_open_hand_from_the_back_has_its_thumb_on_the_left():
    view = View(np.diag([1.0, -1.0, -1.0]), 60.0, 0.7, np.array([0.5, 0.5]))
    keypoints = keypoints_in_rhd_order(rest_skeleton()[0])
    for mirrored, side in ((False, -1), (True, 1)):
        projection = place_in_picture(view, keypoints, (100, 100), mirrored)
        pixels = projection.to_pixels(projection.to_camera(keypoints))
        wrist, thumb, middle, little = pixels[[0, 1, 9, 17]]
        assert np.sign(thumb[0] - little[0]) == side
        assert middle[1] < wrist[1]


def test_quaternions_give_the_rotations_scipy_gives():
    w, x, y, z = quaternion = Rotation.random(random_state=6).as_quat()[[3, 0, 1, 2]]
    expected = Rotation.from_quat([x, y, z, w]).as_matrix()
    np.testing.assert_allclose(quaternion_rotation(quaternion), expected, atol=1e-12)


def test_keypoint_is_in_sight_unless_other_skin_lies_in_front():
    depth = np.full((10, 10), np.inf)
    depth[5, 5], depth[5, 6] = 49.2, 45.0
    keypoints = np.array([[5.0, 5.0], [6.2, 5.0], [2.0, 2.0], [-3.0, 5.0]])
    sight = keypoints_in_sight(keypoints, np.full(4, 50.0), np.ones(4), depth)
    # The third lies beside the hand, which happens for points next to its outline only.
    assert sight.tolist() == [True, False, True, False]
