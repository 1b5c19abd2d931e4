"""A missing operator raises when it is called, and only then."""

import pytest
import torch
from torch.nn.functional import conv2d, pad

from mmpose_stable.compat.operators import operator_stand_ins


@pytest.fixture
def operators():
    return operator_stand_ins()['mmcv._ext']


def test_an_operator_is_there_and_calling_it_says_what_to_install(operators):
    function = operators.ms_deform_attn_forward
    with pytest.raises(RuntimeError, match=r"'ms_deform_attn_forward'.*mim install mmcv"):
        function(1, im2col_step=2)


def test_modules_names_are_absent_and_the_environment_report_gets_its_usual_answer(operators):
    assert not hasattr(operators, '__path__')
    assert not hasattr(operators, '__wrapped__')
    assert operators.get_compiler_version() == 'n/a'
    assert operators.get_compiling_cuda_version() == 'n/a'


def test_convolution_at_moved_places_is_a_convolution_of_the_moved_picture(operators):
    picture, weight = torch.randn(1, 4, 9, 8), torch.randn(6, 2, 3, 3)
    sizes = {'dH': 1, 'dW': 1, 'padH': 1, 'padW': 1, 'dilationH': 1, 'dilationW': 1}
    offset = torch.zeros(1, 18, 9, 8)
    offset[:, ::2] = 1  # one row down
    output = torch.empty(1, 6, 9, 8)
    operators.deform_conv_forward(picture, weight, offset, output, group=2, **sizes)
    down = pad(picture, (0, 0, 0, 1))[:, :, 1:]
    expected = conv2d(down, weight, padding=1, groups=2)
    torch.testing.assert_close(output[:, :, 1:-1], expected[:, :, 1:-1])
