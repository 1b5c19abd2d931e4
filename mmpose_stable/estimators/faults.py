"""Which view is at fault when a loss is not a number."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from mmpose_stable.estimators.consistency import select
from mmpose_stable.tensors import tensors_in

SHOWN = 4


def raise_if_not_finite(
    losses: dict[str, Any], views: dict[int, Tensor], outputs: Any, data_samples: list
) -> None:
    """Raise FloatingPointError where a loss is not finite, and name the views that are at fault.

    Training cannot go on without such a view: all views share the statistics of batch
    normalisation, whose running averages hold the NaN already.

    Args:
        losses: A head's losses; keys without ``loss`` are diagnostics and may be anything.
        views: Number of each view, 0 for the clean one, and its pictures (N, C, H, W).
        outputs: The head's outputs for all of them, one view after the other.
        data_samples: N samples, whose ``view_kinds`` and ``view_severities`` name the perturbed
            views; an adversarial one comes after those.

    Raises:
        FloatingPointError: A loss is not finite.
    """
    terms = [
        (name, part.detach().float().sum())
        for name, value in losses.items()
        if 'loss' in name
        for part in tensors_in(value)
    ]
    # One answer for all terms first: on a GPU each question waits for the network.
    if torch.stack([total for _, total in terms]).isfinite().all():
        return
    faulty = sorted({name for name, total in terms if not total.isfinite()})
    n = len(data_samples)
    of_views = {
        (v, s): (views[v][s], select(outputs, i * n + s, i * n + s + 1))
        for i, v in enumerate(views)
        for s in range(n)
    }
    where = 'the pictures of'
    broken = [at for at, (picture, _) in of_views.items() if not all_finite(picture)]
    if not broken:
        where = "the network's output for"
        broken = [at for at, (_, output) in of_views.items() if not all_finite(output)]
    if not broken:
        found = (
            'Pictures and outputs are finite: a target, a weight of the network or the weight of '
            'a loss is not.'
        )
    elif len(broken) == len(of_views):
        found = (
            f'NaN or infinity in {where} all views of all samples: the training has diverged '
            '(lower the learning rate), or batch normalisation has spread it.'
        )
    else:
        named = [view_name(data_samples[s], v) for v, s in broken]
        more = f' and {len(named) - SHOWN} more' if len(named) > SHOWN else ''
        found = f'NaN or infinity in {where} {", ".join(named[:SHOWN])}{more}.'
    raise FloatingPointError(f'losses {faulty} are not finite numbers. {found}')


def view_name(data_sample: Any, number: int) -> str:
    """Return the number, kind and severity of a view and its sample as text."""
    meta = data_sample.metainfo
    kinds, severities = meta.get('view_kinds', ()), meta.get('view_severities', ())
    named = [f'{kind}, severity {s}' for kind, s in zip(kinds, severities, strict=True)]
    name = ['clean', *named, 'adversarial'][number]
    return f'view {number} ({name}) of sample {meta.get("id")}'


def all_finite(values: Any) -> bool:
    """Tell whether every value of the tensors in nested outputs is finite."""
    return all(bool(part.isfinite().all()) for part in tensors_in(values))
