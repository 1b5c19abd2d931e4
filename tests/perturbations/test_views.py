import numpy as np
import pytest
import torch
from mmpose.registry import TRANSFORMS

from mmpose_stable.perturbations import PackPoseViews, PerturbedViews


def test_packed_views_are_one_tensor_with_the_clean_image_first(results):
    out = PerturbedViews(2, box_shift=0.1)(results)
    packed = TRANSFORMS.build(dict(type='PackPoseViews'))(out)
    inputs, sample = packed['inputs'], packed['data_samples']
    assert inputs.dtype == torch.uint8
    assert inputs.shape == (3, 3, *results['img'].shape[:2])
    for tensor, image in zip(inputs, [out['img'], *out['img_views']], strict=True):
        np.testing.assert_array_equal(tensor.permute(1, 2, 0), image)
    for key in ('view_kinds', 'view_severities', 'view_draw', 'view_boxes', 'id'):
        assert getattr(sample, key) == out[key]
    assert sample.gt_fields.heatmaps.shape == (3, 16, 16)


def test_packing_without_views_names_the_transform_that_is_missing(results):
    with pytest.raises(KeyError, match='put PerturbedViews before it'):
        PackPoseViews()(results)


def test_views_of_an_image_that_was_changed_afterwards_are_refused(results):
    out = PerturbedViews(1)(results)
    PackPoseViews()({**out, 'img': out['img'].copy()})
    out['img'] = out['img'][:, ::-1]
    with pytest.raises(ValueError, match='AugMixViews after every transform that changes it'):
        PackPoseViews()(out)
