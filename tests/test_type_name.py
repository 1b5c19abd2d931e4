"""Texts and classes name the same type."""

import pytest
from mmpose.datasets.transforms import PackPoseInputs

from mmpose_stable.type_name import type_name


@pytest.mark.parametrize('kind', ['PackPoseInputs', PackPoseInputs])
def test_a_text_and_a_class_have_one_name(kind):
    assert type_name({'type': kind}) == 'PackPoseInputs'
