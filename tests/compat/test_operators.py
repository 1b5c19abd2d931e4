"""A missing operator raises when it is called, and only then."""

import pytest

from mmpose_stable.compat.operators import operator_stand_ins


@pytest.fixture
def operators():
    return operator_stand_ins()['mmcv._ext']


def test_every_operator_can_be_looked_up(operators):
    assert callable(operators.nms)
    assert hasattr(operators, 'ms_deform_attn_forward')


def test_calling_an_operator_names_it_and_what_to_install(operators):
    with pytest.raises(RuntimeError, match=r"'ms_deform_attn_forward'.*mim install mmcv"):
        operators.ms_deform_attn_forward(1, im2col_step=2)


def test_an_operator_taken_out_first_raises_by_its_name(operators):
    function = operators.nms
    with pytest.raises(RuntimeError, match="'nms'"):
        function()


def test_special_names_are_absent_as_in_any_module(operators):
    assert not hasattr(operators, '__path__')
    assert not hasattr(operators, '__wrapped__')


def test_the_environment_report_of_mmcv_gets_its_usual_answer(operators):
    assert operators.get_compiler_version() == 'n/a'
    assert operators.get_compiling_cuda_version() == 'n/a'
