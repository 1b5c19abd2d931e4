"""The size that a pipeline crops to."""

from mmpose.datasets.transforms import PackPoseInputs, TopdownAffine

from mmpose_stable.cropped_size import cropped_size


def test_the_last_crop_of_a_pipeline_counts():
    first, last = TopdownAffine((64, 96)), TopdownAffine((32, 48))
    assert cropped_size([first, PackPoseInputs()]) == (64, 96)
    assert cropped_size([first, last]) == (32, 48)
    assert cropped_size([PackPoseInputs()]) is None
