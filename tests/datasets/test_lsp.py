"""The 14 joints of LSP: their order and their flips."""

from mmpose.datasets.datasets.utils import parse_pose_metainfo

from mmpose_stable.datasets.lsp import LSP_KEYPOINTS, LSP_METAINFO

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
