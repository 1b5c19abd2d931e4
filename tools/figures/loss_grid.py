"""The loss around a test picture, over two directions of its pixels.

Stable heatmap regression, section 5.2 and Figure 10: the picture is moved along the difference
between a perturbed copy and itself, and along a Rademacher vector.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from mmpose_stable.estimators.consistency import given_outputs, select
from mmpose_stable.perturbations.keys import Key, keyed_generator


def unit_direction(difference: Tensor) -> tuple[Tensor, float]:
    """Scale a difference of pictures to a root mean square of one grey level.

    Args:
        difference: (3, H, W) in grey levels.

    Returns:
        The direction (3, H, W), and how many of it the difference is, in grey levels.

    Raises:
        ValueError: There is no difference.
    """
    length = difference.double().square().mean().sqrt().item()
    if length == 0:
        raise ValueError(
            'the perturbed picture is the clean one, so there is no direction to it (a grey '
            'picture has no saturation to change): choose another --kind, --severity or --index'
        )
    return difference / length, length


def rademacher_direction(shape: tuple[int, ...], *key: Key) -> Tensor:
    """Return a float32 tensor of -1 and 1, equally likely, that depends on the key only.

    Its root mean square is one grey level too, so both axes of a surface have one unit.
    """
    signs = keyed_generator('rademacher', *key).integers(0, 2, shape) * 2 - 1
    return torch.from_numpy(signs.astype(np.float32))


def loss_grid(
    losses: Callable[[Tensor], Tensor],
    picture: Tensor,
    direction_x: Tensor,
    direction_y: Tensor,
    x: np.ndarray,
    y: np.ndarray,
    batch_size: int = 32,
) -> np.ndarray:
    """Return the loss at ``picture + x * direction_x + y * direction_y``.

    Pixels are not cut off at 0 and 255, for a surface over a linear space would have folds there.

    Args:
        losses: Pictures (N, 3, H, W) in grey levels to the loss of each (N,).
        picture: (3, H, W) in grey levels.
        direction_x: Like ``picture``.
        direction_y: Like ``picture``.
        x: (X,) factors of the first direction.
        y: (Y,) factors of the second.
        batch_size: Pictures in a call of ``losses``.

    Returns:
        (Y, X) float64.
    """
    places = torch.tensor([(b, a) for b in y for a in x], dtype=torch.float32)
    found = []
    for part in places.split(batch_size):
        b, a = (factors[:, None, None, None] for factors in part.unbind(1))
        found.append(losses(picture + a * direction_x + b * direction_y).double().cpu())
    return torch.cat(found).reshape(len(y), len(x)).numpy()


def head_losses(model: nn.Module, data_sample: Any) -> Callable[[Tensor], Tensor]:
    """Return the loss of a top-down model's head as a function of pictures of one sample.

    The network runs on all pictures at once; the head's loss, a mean over a batch, is taken
    picture by picture. Consistency losses of stability training are no part of it.

    Args:
        model: In evaluation mode.
        data_sample: The sample with its targets.
    """
    train_cfg = {**(model.train_cfg or {}), 'compute_acc': False}

    @torch.no_grad()
    def losses(pixels: Tensor) -> Tensor:
        count = len(pixels)
        batch = {'inputs': list(pixels), 'data_samples': [data_sample] * count}
        batch = model.data_preprocessor(batch, False)
        feats = model.extract_feat(batch['inputs'])
        outputs = model.head.forward(feats)
        values = []
        for at, sample in enumerate(batch['data_samples']):
            with given_outputs(model.head, select(outputs, at, at + 1)):
                parts = model.head.loss(select(feats, at, at + 1), [sample], train_cfg=train_cfg)
            values.append(model.parse_losses(parts)[0])
        return torch.stack(values)

    return losses
