"""The model behind a wrapper."""

from mmengine.registry import MODEL_WRAPPERS
from torch import nn

from mmpose_stable.engine.unwrapped import unwrapped


class Wrapper(nn.Module):
    def __init__(self, module):
        super().__init__()
        self.module = module


def test_a_wrapper_gives_its_model_and_a_model_itself():
    model = nn.Linear(2, 2)
    assert unwrapped(model) is model
    assert unwrapped(Wrapper(model)) is not model  # nobody registered it as a wrapper
    MODEL_WRAPPERS.register_module(name='TestedWrapper', module=Wrapper)
    try:
        assert unwrapped(Wrapper(model)) is model
    finally:
        MODEL_WRAPPERS._module_dict.pop('TestedWrapper')
