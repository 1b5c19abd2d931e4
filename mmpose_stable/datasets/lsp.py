"""Leeds Sports Pose and its extended training set: 14 joints, person-centric left and right."""

from mmpose.registry import DATASETS

from mmpose_stable.datasets.checked import CheckedCocoDataset

LSP_KEYPOINTS = (
    'right_ankle',
    'right_knee',
    'right_hip',
    'left_hip',
    'left_knee',
    'left_ankle',
    'right_wrist',
    'right_elbow',
    'right_shoulder',
    'left_shoulder',
    'left_elbow',
    'left_wrist',
    'neck',
    'head_top',
)
LSP_SKELETON = (
    ('right_ankle', 'right_knee'),
    ('right_knee', 'right_hip'),
    ('right_hip', 'left_hip'),
    ('left_hip', 'left_knee'),
    ('left_knee', 'left_ankle'),
    ('right_wrist', 'right_elbow'),
    ('right_elbow', 'right_shoulder'),
    ('right_shoulder', 'neck'),
    ('left_shoulder', 'neck'),
    ('left_shoulder', 'left_elbow'),
    ('left_elbow', 'left_wrist'),
    ('right_shoulder', 'right_hip'),
    ('left_shoulder', 'left_hip'),
    ('neck', 'head_top'),
)
# Of each joint, its weight and its OKS constant. Limb ends weigh more, as in MMPose's COCO and MPII
# descriptions; only codecs that use dataset weights read that. The constants are COCO's; neck and
# head top are not COCO joints and take CrowdPose's.
_JOINTS = dict(
    ankle=(1.5, 0.089),
    knee=(1.2, 0.087),
    hip=(1.0, 0.107),
    wrist=(1.5, 0.062),
    elbow=(1.2, 0.072),
    shoulder=(1.0, 0.079),
    neck=(1.0, 0.079),
    head_top=(1.0, 0.079),
)
_OTHER_SIDE = dict(right='left', left='right')
_COLORS = dict(right=[255, 128, 0], left=[0, 255, 0], middle=[51, 153, 255])


def _side_and_joint(name: str) -> tuple[str, str]:
    side, _, joint = name.partition('_')
    return (side, joint) if side in _OTHER_SIDE else ('middle', name)


def _keypoint(index: int, name: str) -> dict:
    side, joint = _side_and_joint(name)
    return dict(
        name=name,
        id=index,
        color=_COLORS[side],
        type='lower' if joint in ('ankle', 'knee', 'hip') else 'upper',
        swap=f'{_OTHER_SIDE[side]}_{joint}' if side in _OTHER_SIDE else '',
    )


def _link(index: int, link: tuple[str, str]) -> dict:
    sides = {_side_and_joint(name)[0] for name in link}
    return dict(link=link, id=index, color=_COLORS[sides.pop() if len(sides) == 1 else 'middle'])


LSP_METAINFO = dict(
    dataset_name='lsp',
    keypoint_info={index: _keypoint(index, name) for index, name in enumerate(LSP_KEYPOINTS)},
    skeleton_info={index: _link(index, link) for index, link in enumerate(LSP_SKELETON)},
    joint_weights=[_JOINTS[_side_and_joint(name)[1]][0] for name in LSP_KEYPOINTS],
    sigmas=[_JOINTS[_side_and_joint(name)[1]][1] for name in LSP_KEYPOINTS],
)


@DATASETS.register_module()
class LSPDataset(CheckedCocoDataset):
    """Leeds Sports Pose (2,000 images) or its extended training set (10,000 images).

    Reads COCO style JSON as ``tools/converters/lsp_to_coco.py`` writes it from the original
    ``joints.mat``. The joints keep the original order, :data:`LSP_KEYPOINTS`.

    Johnson and Everingham, BMVC 2010 and CVPR 2011 (extended set).
    """

    METAINFO = LSP_METAINFO
