"""Checks that heads make of a batch."""

from __future__ import annotations

from typing import Any


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
