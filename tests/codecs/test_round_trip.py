"""Keypoints of a photograph come back to their places through MMPose's crop and its inverse."""

import numpy as np
import pytest
import torch
from mmengine.structures import InstanceData
from mmpose.models import TopdownPoseEstimator
from mmpose.registry import KEYPOINT_CODECS, TRANSFORMS

INPUT_SIZE = (96, 128)
COMPOSITE = {'type': 'CompositeLocalization', 'input_size': INPUT_SIZE, 'stride': 16, 'sigma': 8}
HIGHLY_DIFFERENTIATED = {
    'type': 'HDHeatmap',
    'input_size': INPUT_SIZE,
    'heatmap_size': (24, 32),
    'refine': 'none',
}


@pytest.mark.parametrize(
    ('codec', 'fields', 'tolerance'),
    [(COMPOSITE, ('heatmaps', 'offsets'), 1e-3), (HIGHLY_DIFFERENTIATED, ('heatmaps',), 2.0)],
)
def test_keypoints_come_back_through_the_crop(codec, fields, tolerance):
    """``tolerance`` is what the decoder may be off by, in pixels of the input."""
    rng = np.random.default_rng(0)
    box = np.array([40.0, 30.0, 160.0, 230.0])
    keypoints = rng.uniform(box[:2] + 5, box[2:] - 5, (1, 9, 2)).astype(np.float32)
    steps = (
        {'type': 'GetBBoxCenterScale'},
        {'type': 'TopdownAffine', 'input_size': INPUT_SIZE},
        {'type': 'GenerateTarget', 'encoder': codec},
        {'type': 'PackPoseInputs'},
    )
    sample = {
        'img': np.zeros((260, 200, 3), np.uint8),
        'bbox': box[None].astype(np.float32),
        'bbox_score': np.ones(1, np.float32),
        'keypoints': keypoints,
        'keypoints_visible': np.ones((1, 9), np.float32),
        'dataset_keypoint_weights': np.ones(9, np.float32),
    }
    for step in steps:
        sample = TRANSFORMS.build(step)(sample)
    sample = sample['data_samples']
    assert (sample.gt_instance_labels.keypoint_weights == 1).all()

    maps = torch.cat([sample.gt_fields.get(name) for name in fields])
    found, scores = KEYPOINT_CODECS.build(codec).decode(maps.numpy())
    model = object.__new__(TopdownPoseEstimator)
    torch.nn.Module.__init__(model)
    model.test_cfg = {}
    predicted = [InstanceData(keypoints=found, keypoint_scores=scores)]
    (done,) = model.add_pred_to_datasample(predicted, None, [sample])

    pixels_an_input_pixel = sample.metainfo['input_scale'] / INPUT_SIZE
    off = np.abs(done.pred_instances.keypoints - keypoints) / pixels_an_input_pixel
    assert off.max() <= tolerance + 1e-3
