"""Forward kinematics of the hand: joint angles and bone scales to keypoints and skin transforms."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mmpose_stable.datasets.synth_hand.skeleton import NUM_FINGERS, rest_skeleton


@dataclass(frozen=True)
class HandPose:
    """Joint angles in radians, relative to the rest pose; zero is the open hand.

    Attributes:
        flexion: (5, 3), bending of each joint of each finger towards the palm.
        abduction: (5,), sideways turn of each base joint, positive towards the thumb.
        thumb_twist: turn of the thumb about its metacarpal.
        wrist: (2,), bending of the wrist towards the palm and sideways towards the thumb.
    """

    flexion: np.ndarray
    abduction: np.ndarray
    thumb_twist: float
    wrist: np.ndarray


@dataclass(frozen=True)
class HandShape:
    """Scales of one person's hand relative to the rest hand; one is the rest hand.

    Attributes:
        palm: (3,), width, length and thickness of the palm.
        lengths: (5, 3), length of each bone of each finger.
        thickness: (5,), thickness of each finger.
        forearm: thickness of the forearm.
    """

    palm: np.ndarray
    lengths: np.ndarray
    thickness: np.ndarray
    forearm: float


@dataclass(frozen=True)
class PosedHand:
    """A posed right hand in the hand frame, centimetres.

    Attributes:
        chains: (5, 4, 3), joints and tip of each finger.
        skin_linear: (33, 3, 3) and ``skin_offset`` (33, 3): the affine map of each skin bone from
            the rest hand. Skin bones are the 17 bones, then the 15 finger joints and the wrist,
            each bent half way, which keeps bent joints from collapsing.
        forearm_axis: (3,), unit vector from the wrist to the elbow.
    """

    chains: np.ndarray
    skin_linear: np.ndarray
    skin_offset: np.ndarray
    forearm_axis: np.ndarray


def rotation_x(angle: np.ndarray) -> np.ndarray:
    """Return rotations about x of shape (..., 3, 3) for angles in radians of shape (...)."""
    return _rotation(angle, 1, 2)


def rotation_y(angle: np.ndarray) -> np.ndarray:
    """Return rotations about y of shape (..., 3, 3) for angles in radians of shape (...)."""
    return _rotation(angle, 2, 0)


def rotation_z(angle: np.ndarray) -> np.ndarray:
    """Return rotations about z of shape (..., 3, 3) for angles in radians of shape (...)."""
    return _rotation(angle, 0, 1)


def _rotation(angle: np.ndarray, first: int, second: int) -> np.ndarray:
    """Rotation that turns axis ``first`` towards axis ``second``."""
    sine = np.sin(angle)
    out = np.zeros((*np.shape(angle), 3, 3))
    out[..., 3 - first - second, 3 - first - second] = 1
    out[..., first, first] = out[..., second, second] = np.cos(angle)
    out[..., second, first] = sine
    out[..., first, second] = -sine
    return out


def _joint_rotations(pose: HandPose, share: float) -> np.ndarray:
    """Rotation of every finger joint, bent by the given share of its angle; (5, 3, 3, 3)."""
    local = rotation_x(-share * pose.flexion)
    local[:, 0] = rotation_z(share * pose.abduction) @ local[:, 0]
    local[0, 0] = local[0, 0] @ rotation_y(share * pose.thumb_twist)
    return local


def _wrist_rotation(pose: HandPose, share: float) -> np.ndarray:
    """Rotation of the forearm against the palm; bending the hand forward turns it the other way."""
    return rotation_x(share * pose.wrist[0]) @ rotation_z(-share * pose.wrist[1])


def pose_hand(pose: HandPose, shape: HandShape) -> PosedHand:
    """Bend and scale the rest hand.

    Args:
        pose: Joint angles.
        shape: Bone scales. The palm is the root: its frame is the hand frame.

    Returns:
        Joints and skin transforms of the right hand in the hand frame.
    """
    rest_chains, rest_frames, _ = rest_skeleton()
    full, half = _joint_rotations(pose, 1.0), _joint_rotations(pose, 0.5)

    # Rotation of each bone in the rest frame of its parent, the palm's being the identity.
    relative = rest_frames.copy()
    relative[:, 1:] = np.swapaxes(rest_frames[:, :-1], -1, -2) @ rest_frames[:, 1:]

    scale = np.ones((NUM_FINGERS, 3, 3))
    scale[:, :, (0, 2)] = shape.thickness[:, None, None]
    scale[:, :, 1] = shape.lengths
    palm_scale = np.diag(shape.palm)

    frames = np.empty((NUM_FINGERS, 3, 3, 3))
    half_frames = np.empty_like(frames)
    chains = np.empty((NUM_FINGERS, 4, 3))
    chains[:, 0] = rest_chains[:, 0] @ palm_scale
    rest_steps = np.linalg.norm(np.diff(rest_chains, axis=1), axis=-1)
    parent = np.broadcast_to(np.eye(3), (NUM_FINGERS, 3, 3))
    for k in range(3):
        frames[:, k] = parent @ relative[:, k] @ full[:, k]
        half_frames[:, k] = parent @ relative[:, k] @ half[:, k]
        step = (rest_steps[:, k] * scale[:, k, 1])[:, None]
        chains[:, k + 1] = chains[:, k] + step * frames[:, k, :, 1]
        parent = frames[:, k]

    rest_inverse = np.swapaxes(rest_frames, -1, -2)
    finger_linear = frames @ (scale[..., None] * rest_inverse)
    half_scale = scale.copy()
    half_scale[:, 1:] = 0.5 * (scale[:, 1:] + scale[:, :-1])
    half_linear = half_frames @ (half_scale[..., None] * rest_inverse)

    arm_scale = np.diag([shape.forearm, 1.0, shape.forearm])
    wrist = _wrist_rotation(pose, 1.0)
    arm = wrist @ arm_scale
    half_arm = _wrist_rotation(pose, 0.5) @ (0.5 * (arm_scale + palm_scale))

    linear = np.concatenate(
        [
            arm[None],
            palm_scale[None],
            finger_linear.reshape(-1, 3, 3),
            half_linear.reshape(-1, 3, 3),
            half_arm[None],
        ]
    )
    # Each skin bone carries its own joint from its place in the rest hand to its posed place.
    rest_joints = rest_chains[:, :3].reshape(-1, 3)
    posed_joints = chains[:, :3].reshape(-1, 3)
    zero = np.zeros((1, 3))
    source = np.concatenate([zero, zero, rest_joints, rest_joints, zero])
    target = np.concatenate([zero, zero, posed_joints, posed_joints, zero])
    offset = target - np.einsum('bij,bj->bi', linear, source)
    return PosedHand(chains, linear, offset, -wrist[:, 1])


def keypoints_in_rhd_order(chains: np.ndarray) -> np.ndarray:
    """Return the 21 keypoints: the wrist at the origin, then each finger from tip to base.

    Args:
        chains: (5, 4, 3) joints of each finger from base to tip, hand frame.

    Returns:
        Keypoints of shape (21, 3) in the same frame.
    """
    return np.concatenate([np.zeros((1, 3)), chains[:, ::-1].reshape(-1, 3)])
