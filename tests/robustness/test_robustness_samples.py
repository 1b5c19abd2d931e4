"""Ground truth as text and back."""

import numpy as np
import pytest
import torch
from mmengine.structures import InstanceData

from mmpose_stable.robustness.samples import from_text, to_text


def test_a_packed_sample_comes_back_with_the_same_values_types_and_nesting():
    sample = {
        'id': 7,
        'category_id': np.array(1),
        'ori_shape': (90, 120, 3),
        'score': np.float32(0.1),
        'path': 'a/b "c"\n.png',
        'nothing': None,
        'flag': True,
        'raw_ann_info': {'segmentation': [[1.5, 2.0]], 'keypoints': [1, 2, 0], 3: 'three'},
        'gt_instances': {
            'keypoints': np.random.default_rng(0).normal(size=(1, 5, 2)).astype(np.float32),
            'empty': np.zeros((0, 4)),
            'mask': np.array([[True, False]]),
        },
    }
    back = from_text(to_text(sample))
    assert list(back) == list(sample)
    for key in ('id', 'ori_shape', 'path', 'nothing', 'flag', 'raw_ann_info'):
        assert back[key] == sample[key]
        assert type(back[key]) is type(sample[key])
    assert back['score'] == sample['score']
    assert back['score'].dtype == np.float32
    for key, value in sample['gt_instances'].items():
        np.testing.assert_array_equal(back['gt_instances'][key], value)
        assert back['gt_instances'][key].dtype == value.dtype
        assert back['gt_instances'][key].shape == value.shape


def test_one_sample_is_one_line():
    assert '\n' not in to_text({'path': 'two\nlines'})


def test_tensors_and_instances_become_arrays_and_dictionaries():
    back = from_text(to_text({'gt': InstanceData(boxes=torch.ones(2, 4))}))
    np.testing.assert_array_equal(back['gt']['boxes'], np.ones((2, 4)))


def test_an_object_that_text_cannot_hold_is_refused():
    with pytest.raises(TypeError, match='meta_keys'):
        to_text({'picture': object()})
