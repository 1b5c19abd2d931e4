"""Names, links and colours of the 21 keypoints, in the order of MMPose's RHD data set."""

from __future__ import annotations

from mmpose_stable.datasets.synth_hand.skeleton import FINGERS

_COLOURS = {
    'thumb': [255, 128, 0],
    'forefinger': [255, 153, 255],
    'middle_finger': [102, 178, 255],
    'ring_finger': [255, 51, 51],
    'pinky_finger': [0, 255, 0],
}
# Joint 4 of a finger is its tip and comes first; joint 1 is its base.
_NAMES = ['wrist'] + [f'{finger}{joint}' for finger in FINGERS for joint in (4, 3, 2, 1)]
_LINKS = [
    (f'{finger}{joint - 1}' if joint > 1 else 'wrist', f'{finger}{joint}')
    for finger in FINGERS
    for joint in (1, 2, 3, 4)
]


def _colour(name: str) -> list[int]:
    return _COLOURS.get(name.rstrip('1234'), [255, 255, 255])


METAINFO: dict = dict(
    dataset_name='synth_hand',
    paper_info=dict(author='mmpose_stable', title='SynthHand', container='', year='', homepage=''),
    # A flipped right hand is a left hand with the same joints: nothing swaps.
    keypoint_info={
        i: dict(name=name, id=i, color=_colour(name), type='', swap='')
        for i, name in enumerate(_NAMES)
    },
    skeleton_info={
        i: dict(link=link, id=i, color=_colour(link[1])) for i, link in enumerate(_LINKS)
    },
    joint_weights=[1.0] * len(_NAMES),
    sigmas=[],
)
