"""Pre-processing of batches whose samples carry several views."""

from __future__ import annotations

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
        """Normalise a batch.

        Args:
            data: ``inputs``: N tensors (3, H, W) or (V, 3, H, W), and ``data_samples``.

        Returns:
            The same with ``inputs`` as one tensor (N, 3, H, W) or (V, N, 3, H, W) on the model's
            device.

        Raises:
            ValueError: The samples have different numbers of views.
        """
        inputs = data['inputs']
        if all(sample.ndim == 3 for sample in inputs):
            return self.inner(data, training)
        counts = sorted({len(sample) if sample.ndim == 4 else 1 for sample in inputs})
        alike = len({sample.ndim for sample in inputs}) == 1
        if len(counts) > 1 or not alike:
            raise ValueError(
                f'every sample of a batch should carry the same number of views, got {counts} '
                f'in shapes {sorted({tuple(sample.shape) for sample in inputs})}; the '
                'transforms of `train_pipeline` that make views should always make as many'
            )
        flat = [sample[view] for view in range(counts[0]) for sample in inputs]
        data = self.inner({**data, 'inputs': flat}, training)
        data['inputs'] = data['inputs'].unflatten(0, (counts[0], len(inputs)))
        return data
