"""Checks that heads make of a batch."""

from __future__ import annotations

from typing import Any

from torch import Tensor


def check_input_size(decoder: Any, batch_data_samples: list) -> None:
    """Check that a batch was cropped to the size that the decoder scales keypoints to.

    Maps of one size can be of inputs of two: the keypoints would be scaled in silence.

    Args:
        decoder: The head's codec; None, or one without ``input_size``, is not checked.
        batch_data_samples: Samples, with ``input_size`` (width, height) where a transform named it.

    Raises:
        ValueError: The sizes differ.
    """
    expected = getattr(decoder, 'input_size', None)
    given = batch_data_samples[0].metainfo.get('input_size')
    if expected is not None and given is not None and tuple(given) != tuple(expected):
        raise ValueError(
            f'head and pipeline disagree: `head.decoder.input_size` is {tuple(expected)} (width, '
            f'height), the crops have {tuple(given)}; give `TopdownAffine.input_size`, '
            '`GenerateTarget.encoder` and `head.decoder` the same `codec`'
        )


def check_map_size(decoder: Any, maps: Tensor) -> None:
    """Check that maps have the size that the decoder takes, in training, before a validation does.

    Args:
        decoder: The head's codec; None, or one without ``heatmap_size``, is not checked.
        maps: (B, K, H, W).

    Raises:
        ValueError: The sizes differ.
    """
    expected = getattr(decoder, 'heatmap_size', None)
    given = (maps.shape[-1], maps.shape[-2])
    if expected is not None and given != tuple(expected):
        raise ValueError(
            f'the head gives maps of {given} pixels (width, height), its decoder takes '
            f'{tuple(expected)}; give `head.decoder` and `GenerateTarget.encoder` the same `codec`'
        )
