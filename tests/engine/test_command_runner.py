"""CommandRunner builds what MMEngine's runner builds."""

import torch
from mmpose.registry import OPTIMIZERS
from torch import nn

from mmpose_stable.engine.command_runner import CommandRunner


def test_an_optimizer_that_a_user_registered_with_mmpose_is_found():
    @OPTIMIZERS.register_module(force=True)
    class MyOptimizer(torch.optim.SGD):
        pass

    runner = CommandRunner.__new__(CommandRunner)
    runner.model = nn.Linear(1, 1)
    wrapper = {'type': 'OptimWrapper', 'optimizer': {'type': 'MyOptimizer', 'lr': 0.1}}
    assert type(runner.build_optim_wrapper(wrapper).optimizer) is MyOptimizer
