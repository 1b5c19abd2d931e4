"""Names of what a model predicts."""

from types import SimpleNamespace

import pytest

from mmpose_stable.model_files import keypoint_names

META = {'keypoint_id2name': {1: 'eye', 0: 'nose', 2: 'hip', 3: 'knee'}}


@pytest.mark.parametrize(
    ('test_cfg', 'names'),
    [
        (None, ['nose', 'eye', 'hip', 'knee']),
        ({'flip_test': True}, ['nose', 'eye', 'hip', 'knee']),
        ({'output_keypoint_indices': [3, 2]}, ['knee', 'hip']),
    ],
)
def test_keypoints_are_named_in_the_order_of_the_prediction(test_cfg, names):
    assert keypoint_names(SimpleNamespace(dataset_meta=META, test_cfg=test_cfg)) == names
