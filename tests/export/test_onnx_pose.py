"""A picture and a box through ONNX Runtime alone give what MMPose's pipeline and model give."""

from unittest.mock import Mock

import numpy as np
import pytest
from mmengine.dataset import Compose

from mmpose_stable.export.onnx_pose import OnnxPose, sample

SIZE = (48, 64)


@pytest.mark.parametrize('box', [(20, 10, 60, 90), (-10, 30, 50, 50), (70, 50, 119, 99)])
@pytest.mark.parametrize(('padding', 'use_udp'), [(1.25, False), (1.5, True)])
def test_the_crop_and_the_way_back_are_those_of_mmpose(box, padding, use_udp):
    coarse = np.random.default_rng(0).integers(0, 256, (5, 6, 3)).astype(float)
    rows, columns = np.linspace(0, 4, 100), np.linspace(0, 5, 120)
    picture = sample(sample(coarse, rows, 0), columns, 1).astype(np.uint8)
    pose = OnnxPose.__new__(OnnxPose)
    pose.session, pose.size, pose.padding, pose.use_udp = Mock(), np.array(SIZE), padding, use_udp
    pose.session.run.return_value = np.array([[(0, 0), SIZE]], float), np.ones((1, 2))
    keypoints, _ = pose(picture, box)
    (crop,) = pose.session.run.call_args.args[1]['images']
    steps = [
        {'type': 'GetBBoxCenterScale', 'padding': padding},
        {'type': 'TopdownAffine', 'input_size': SIZE, 'use_udp': use_udp},
    ]
    expected = Compose(steps)({'img': picture, 'bbox': np.array([box], np.float32)})
    difference = np.abs(crop.transpose(1, 2, 0).astype(int) - expected['img'])
    # OpenCV rounds places to 1/32 px; its border pixels may differ by that share of their value.
    assert np.quantile(difference, 0.98) <= 3
    low = expected['input_center'] - expected['input_scale'] / 2
    np.testing.assert_allclose(keypoints, [low, low + expected['input_scale']], atol=1e-3)
