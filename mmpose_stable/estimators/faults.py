"""Which view is at fault when a loss is not a number."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from mmpose_stable.estimators.consistency import select
from mmpose_stable.tensors import tensors_in

SHOWN = 4


def raise_if_not_finite(
    losses: dict[str, Any],
    views: dict[int, Tensor],
    outputs: Any,
    data_samples: list,
    adversary_kind: str | None = None,
) -> None:
    """Raise FloatingPointError where a loss is not finite, and name the views that are at fault.

    Training cannot go on without such a view: all views share the statistics of batch
    normalisation, whose running averages hold the NaN already.

    Args:
        losses: A head's losses; keys without ``loss`` are diagnostics and may be anything.
        views: Number of each view, 0 for the clean one, and its pictures (N, C, H, W).
        outputs: The head's outputs for all of them, one view after the other.
        data_samples: N samples, whose ``view_kinds`` and ``view_severities`` name the perturbed
            views.
        adversary_kind: The name of the view that comes after those.

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
    broken = {(v, s) for v in views for s in range(n) if not all_finite(views[v][s])}
    where = 'the pictures of'
    if not broken:
        where = "the network's output for"
        broken = {
            (v, s)
            for i, v in enumerate(views)
            for s in range(n)
            if not all(map(all_finite, tensors_in(select(outputs, i * n + s, i * n + s + 1))))
        }
    if not broken:
        found = (
            'Pictures and outputs are finite: a target, a weight of the network or the weight of '
            'a loss is not.'
        )
    elif len(broken) == len(views) * n:
        found = (
            f'NaN or infinity in {where} all views of all samples: the training has diverged '
            '(lower the learning rate), or batch normalisation has spread it.'
        )
    else:
        named = [
            f'view {v} ({view_name(data_samples[s], v, adversary_kind)}) of sample '
            f'{data_samples[s].metainfo.get("id", s)}'
            for v, s in sorted(broken)
        ]
        more = f' and {len(named) - SHOWN} more' if len(named) > SHOWN else ''
        found = f'NaN or infinity in {where} {", ".join(named[:SHOWN])}{more}.'
    raise FloatingPointError(f'losses {faulty} are not finite numbers. {found}')


def view_name(data_sample: Any, number: int, adversary_kind: str | None = None) -> str:
    """Return the kind and severity of a view as text."""
    kinds = data_sample.metainfo.get('view_kinds', ())
    if number == 0:
        return 'clean'
    if number > len(kinds):
        return adversary_kind or 'unnamed'
    return f'{kinds[number - 1]}, severity {data_sample.metainfo["view_severities"][number - 1]}'


def all_finite(values: Tensor) -> bool:
    """Tell whether every value of a tensor is finite."""
    return bool(values.isfinite().all())
