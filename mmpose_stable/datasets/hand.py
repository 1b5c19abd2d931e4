"""The 21 hand keypoints in the order of the Rendered Handpose Dataset, as MMPose names them."""

from __future__ import annotations

FINGERS = ('thumb', 'forefinger', 'middle_finger', 'ring_finger', 'pinky_finger')
#: Wrist, then each finger from its tip (4) to its base (1).
HAND_KEYPOINTS = ('wrist', *(f'{finger}{joint}' for finger in FINGERS for joint in (4, 3, 2, 1)))
#: Each finger as a chain from the wrist to its tip.
HAND_SKELETON = tuple(
    link
    for finger in FINGERS
    for link in (
        ('wrist', f'{finger}1'),
        *((f'{finger}{joint}', f'{finger}{joint + 1}') for joint in (1, 2, 3)),
    )
)
# The finger colours of MMPose's hand data sets, so that pictures compare.
_COLORS = dict(
    zip(
        FINGERS,
        ([255, 128, 0], [255, 153, 255], [102, 178, 255], [255, 51, 51], [0, 255, 0]),
        strict=True,
    )
)


def hand_metainfo(dataset_name: str, paper_info: dict[str, str]) -> dict:
    """Describe a data set of single hands in MMPose's format.

    A flip swaps no keypoints: a mirrored left hand is a right hand with the same joints.
    """
    return dict(
        dataset_name=dataset_name,
        paper_info=paper_info,
        keypoint_info={
            index: dict(
                name=name,
                id=index,
                color=_COLORS.get(name[:-1], [255, 255, 255]),
                type='',
                swap='',
            )
            for index, name in enumerate(HAND_KEYPOINTS)
        },
        skeleton_info={
            index: dict(link=link, id=index, color=_COLORS[link[1][:-1]])
            for index, link in enumerate(HAND_SKELETON)
        },
        joint_weights=[1.0] * len(HAND_KEYPOINTS),
        sigmas=[],
    )
