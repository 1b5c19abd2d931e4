"""Which view is at fault when a loss is not a number."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from mmpose_stable.estimators.consistency import select
from mmpose_stable.tensors import tensors_in


def raise_if_not_finite(
    losses: dict[str, Any], pictures: Tensor, outputs: Any, data_samples: list, first: int = 0
) -> None:
    """Raise where a loss is NaN or infinite, and name the views that are at fault.

    Training cannot go on without such a view: all views share the statistics of batch
    normalisation, whose running averages hold the NaN already.

    Args:
        losses: A head's losses; keys without ``loss`` are diagnostics and may be anything.
        pictures: Those of V views of N samples, (V N, C, H, W), one view after the other.
        outputs: The head's outputs for them.
        data_samples: N samples, whose ``view_kinds`` and ``view_severities`` name the perturbed
            views; an adversarial one comes after those.
        first: Number of the first of these views; the clean one is 0.

    Raises:
        FloatingPointError: A loss is not finite.
    """
    totals = {
        name: sum(part.detach().float().sum() for part in tensors_in(value))
        for name, value in losses.items()
        if 'loss' in name
    }
    # One answer for all terms first: on a GPU each question waits for the network.
    if torch.stack(list(totals.values())).isfinite().all():
        return
    faulty = sorted(name for name, total in totals.items() if not total.isfinite())
    found = 'Pictures and outputs are finite: a target, a weight or the weight of a loss is not.'
    count, n = len(pictures), len(data_samples)
    for what, values in (('picture', pictures), ("network's output", outputs)):
        parts = [tensors_in(select(values, at, at + 1)) for at in range(count)]
        broken = [at for at in range(count) if not all(p.isfinite().all() for p in parts[at])]
        if broken:
            view, sample = divmod(broken[0], n)
            found = (
                f'NaN or infinity in the {what} of {len(broken)} of {count} views, such as '
                f'{view_name(data_samples[sample], first + view)}. If it is in all of them, the '
                'training has diverged (lower the learning rate).'
            )
            break
    raise FloatingPointError(f'losses {faulty} are not finite numbers. {found}')


def view_name(data_sample: Any, number: int) -> str:
    """Return the number, kind and severity of a view and its sample as text."""
    meta = data_sample.metainfo
    kinds, severities = meta.get('view_kinds', ()), meta.get('view_severities', ())
    named = [f'{kind}, severity {s}' for kind, s in zip(kinds, severities, strict=True)]
    name = ['clean', *named, 'adversarial'][number]
    return f'view {number} ({name}) of sample {meta.get("id")}'
