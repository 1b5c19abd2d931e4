"""How to get one heatmap a keypoint out of any head of MMPose."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from mmengine.structures import BaseDataElement
from torch import Tensor, nn

from mmpose_stable.codecs.layouts import layout_of
from mmpose_stable.model_parts import decoder_of


def has_own_heatmaps(model: nn.Module) -> bool:
    """Tell whether the head's ``output_heatmaps`` would be what its keypoints are decoded from.

    SimCC heads (RTMPose among them) answer with the outer product of two one-dimensional
    distributions, scaled for pictures. That is no heatmap of the model and is not measured.
    """
    return not layout_of(decoder_of(model)).vectors


@contextmanager
def exposed_heatmaps(model: nn.Module) -> Iterator[None]:
    """Let the model return heatmaps inside the block, where it has any; its config is put back."""
    before = model.test_cfg
    if has_own_heatmaps(model):
        model.test_cfg = {**(before or {}), 'output_heatmaps': True}
    try:
        yield
    finally:
        model.test_cfg = before


def score_maps(
    prediction: BaseDataElement,
    decoder: object,
    num_keypoints: int,
    indices: Sequence[int] | None = None,
) -> Tensor | None:
    """Return the heatmaps (K, H, W) of a prediction, or None for a model without.

    Args:
        indices: ``test_cfg.output_keypoint_indices``, the keypoints that MMPose was asked for.
    """
    field = prediction.get('pred_fields')
    if field is None or 'heatmaps' not in field:
        return None
    maps = field.heatmaps
    if len(maps) != num_keypoints and (layout := layout_of(decoder)).parts != ('heatmap',):
        # MMPose selects among maps where there is one a keypoint, so not among these.
        maps = layout.heatmaps(maps)
        maps = maps if indices is None else maps[list(indices)]
    if len(maps) != num_keypoints:
        raise ValueError(
            f'the head returned {len(maps)} heatmaps for {num_keypoints} keypoints; with '
            "`output_heatmaps` a head's `pred_fields.heatmaps` must be one score map a keypoint"
        )
    return maps
