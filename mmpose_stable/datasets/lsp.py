"""Leeds Sports Pose and its extended training set: 14 joints, person-centric left and right."""

from __future__ import annotations

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
# Limb ends count more, as in MMPose's COCO and MPII descriptions; read only by codecs that use
# dataset weights.
_JOINT_WEIGHTS = dict(ankle=1.5, knee=1.2, wrist=1.5, elbow=1.2)
# OKS constants of COCO; neck and head top are not COCO joints and take CrowdPose's.
_SIGMAS = dict(
    ankle=0.089, knee=0.087, hip=0.107, wrist=0.062, elbow=0.072, shoulder=0.079, neck=0.079,
    head_top=0.079,
)  # fmt: skip
_SIDE_COLORS = dict(right=[255, 128, 0], left=[0, 255, 0])
_MIDDLE_COLOR = [51, 153, 255]


def _joint(name: str) -> str:
    """Return the joint's name without its side."""
    side, _, joint = name.partition('_')
    return joint if side in _SIDE_COLORS else name


def _color(*names: str) -> list[int]:
    """Return the colour of a side, or the middle colour where sides meet."""
    sides = {name.partition('_')[0] for name in names}
    return _SIDE_COLORS.get(sides.pop(), _MIDDLE_COLOR) if len(sides) == 1 else _MIDDLE_COLOR


def _opposite(name: str) -> str:
    """Return the joint's name on the other side; empty for the joints in the middle."""
    side, _, joint = name.partition('_')
    other = dict(right='left', left='right').get(side)
    return f'{other}_{joint}' if other else ''


LSP_METAINFO = dict(
    dataset_name='lsp',
    paper_info=dict(
        author='Johnson, Sam and Everingham, Mark',
        title='Clustered Pose and Nonlinear Appearance Models for Human Pose Estimation',
        container='British Machine Vision Conference',
        year='2010',
        homepage='http://sam.johnson.io/research/lsp.html',
    ),
    keypoint_info={
        index: dict(
            name=name,
            id=index,
            color=_color(name),
            type='lower' if _joint(name) in ('ankle', 'knee', 'hip') else 'upper',
            swap=_opposite(name),
        )
        for index, name in enumerate(LSP_KEYPOINTS)
    },
    skeleton_info={
        index: dict(link=link, id=index, color=_color(*link))
        for index, link in enumerate(LSP_SKELETON)
    },
    joint_weights=[_JOINT_WEIGHTS.get(_joint(name), 1.0) for name in LSP_KEYPOINTS],
    sigmas=[_SIGMAS[_joint(name)] for name in LSP_KEYPOINTS],
)


@DATASETS.register_module()
class LSPDataset(CheckedCocoDataset):
    """Leeds Sports Pose (2,000 images) or its extended training set (10,000 images).

    Reads COCO style JSON as ``tools/converters/lsp_to_coco.py`` writes it from the original
    ``joints.mat``. The joints keep the original order, :data:`LSP_KEYPOINTS`.

    Johnson and Everingham, BMVC 2010 and CVPR 2011 (extended set).
    """

    METAINFO = LSP_METAINFO
