"""Pre-processing of batches whose samples carry several views."""

from typing import Any

import torch
from mmengine.model import BaseDataPreprocessor
from mmpose.registry import MODELS
from torch import Tensor


@MODELS.register_module()
class ViewsDataPreprocessor(BaseDataPreprocessor):
    """Runs another pre-processor on every view of every sample.

    Samples of views (V, 3, H, W) become a batch (V, N, 3, H, W), one view after the other; samples
    of one picture (3, H, W), as in validation, go to the inner pre-processor unchanged.

    Args:
        inner: The pre-processor of single pictures, or its config, ``non_blocking`` among it.
    """

    def __init__(self, inner: Any) -> None:
        super().__init__()
        self.inner = MODELS.build(inner) if isinstance(inner, dict) else inner

    def pixel_range(self, like: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return what 0, 255 and one grey level are after normalisation, (C, 1, 1) each."""
        mean = getattr(self.inner, 'mean', torch.zeros(1, 1, 1)).to(like)
        std = getattr(self.inner, 'std', torch.ones(1, 1, 1)).to(like)
        return -mean / std, (255 - mean) / std, 1 / std

    def forward(self, data: dict, training: bool = False) -> dict:
        """Return the batch with its N ``inputs`` as one normalised tensor on the model's device.

        Raises:
            ValueError: The samples have different numbers of views.
        """
        inputs = data['inputs']
        if all(sample.ndim == 3 for sample in inputs):
            return self.inner(data, training)
        shapes = {tuple(sample.shape) for sample in inputs}
        if len({(len(shape), shape[0]) for shape in shapes}) > 1:
            raise ValueError(
                'every sample of a batch should carry the same number of views, got shapes '
                f'{sorted(shapes)}; the transforms of `train_pipeline` that make views should '
                'always make as many'
            )
        count = len(inputs[0])
        flat = [sample[view] for view in range(count) for sample in inputs]
        data = self.inner({**data, 'inputs': flat}, training)
        data['inputs'] = data['inputs'].unflatten(0, (count, len(inputs)))
        return data
