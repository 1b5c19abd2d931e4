"""Whether a model predicts as many keypoints as a data set labels."""

from typing import Any

import torch
from mmpose.models.pose_estimators import TopdownPoseEstimator
from torch import nn

from mmpose_stable.model_parts import replaced


def check_keypoint_count(model: nn.Module, data: dict[str, Any]) -> None:
    """Check a top-down model on one sample, ``inputs`` and ``data_samples``, without a flip test.

    MMPose finds another number in an assertion that names neither, or in an error of array shapes.
    """
    truth = data['data_samples'][0].get('gt_instances', {})
    if not isinstance(model, TopdownPoseEstimator) or 'keypoints' not in truth:
        return
    labelled = truth['keypoints'].shape[1]
    without_flip = {**(model.test_cfg or {}), 'flip_test': False}
    with replaced(model, 'test_cfg', without_flip), torch.no_grad():
        output = model(**model.data_preprocessor(data, False), mode='predict')[0]
    predicted = output.pred_instances.keypoints.shape[1]
    if predicted != labelled:
        raise ValueError(other_keypoints(labelled, predicted))


def other_keypoints(labelled: int, predicted: int) -> str:
    """Return what to say of two numbers of keypoints that differ."""
    return (
        f'the data set labels {labelled} keypoints, the model predicts {predicted}; set '
        '`model.test_cfg.output_keypoint_indices` or another `test_dataloader.dataset`'
    )
