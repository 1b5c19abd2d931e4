"""Of MMDetection only what MMPose imports is stood in for."""

import pytest
import torch

from mmpose_stable.compat import mmdet
from mmpose_stable.compat.mmdet import mmdet_stand_ins, reduce_mean


def test_one_process_is_its_own_mean():
    value = torch.tensor([1.0, 3.0])
    assert torch.equal(reduce_mean(value), value)


def test_the_mean_over_processes_leaves_the_input(monkeypatch):
    def all_reduce(tensor, op):
        assert op == 'mean'
        tensor.copy_((tensor + 5.0) / 2)  # a second process that holds 5

    monkeypatch.setattr(mmdet, 'get_world_size', lambda: 2)
    monkeypatch.setattr(mmdet, 'all_reduce', all_reduce)
    value = torch.tensor([1.0, 3.0])
    assert reduce_mean(value).tolist() == [3.0, 4.0]
    assert value.tolist() == [1.0, 3.0]


@pytest.mark.parametrize('module', ['mmdet', 'mmdet.utils'])
def test_any_other_name_is_an_import_error_that_says_so(module):
    with pytest.raises(ImportError, match=rf"'{module}\.DetInferencer'.*pip install.*mmdet"):
        _ = mmdet_stand_ins()[module].DetInferencer
