"""Views of a sample beside its clean image: how transforms add them, and how they are packed."""

from collections.abc import Sequence

import numpy as np
from mmpose.datasets.transforms import PackPoseInputs
from mmpose.registry import TRANSFORMS

from .boxes import MovedBox

META = ('view_kinds', 'view_severities', 'view_draw', 'view_boxes')


def add_views(
    results: dict,
    views: list[np.ndarray],
    kinds: tuple[str, ...],
    severities: Sequence[float],
    draw: int,
    boxes: Sequence[MovedBox] = (),
) -> dict:
    """Return the results of a pipeline with views of `results['img']` added.

    Args:
        views: V - 1 arrays of the shape of `results['img']`, (H, W, 3) uint8.
        boxes: Where the crop of each view lies in the image; none where all are the image's own.
    """
    described = zip(META, (kinds, tuple(severities), draw, tuple(boxes)), strict=True)
    return {**results, **dict(described), 'img_views': views, 'viewed_img': results['img']}


@TRANSFORMS.register_module()
class PackPoseViews(PackPoseInputs):
    """Pack the clean image and its views as one sample.

    As `PackPoseInputs`, but `inputs` is a (V, 3, H, W) uint8 tensor, V = 1 + number of views: index
    0 is the clean image, index i the view i - 1. The targets belong to all of them. `view_kinds`,
    `view_severities`, `view_draw` and `view_boxes` become meta information of the data sample. An
    estimator takes such samples through `ViewsDataPreprocessor`.
    """

    def transform(self, results: dict) -> dict:
        """Return `inputs`, (V, 3, H, W) uint8, and `data_samples`.

        Raises:
            KeyError: There are no views.
            ValueError: The image is not the one that they are views of.
        """
        if 'viewed_img' not in results:
            raise KeyError(
                'PackPoseViews: expected views in the results; put PerturbedViews before it in the '
                'pipeline (a transform of your own calls `add_views`), or use PackPoseInputs'
            )
        image = results['img']
        if not np.array_equal(image, results['viewed_img']):
            raise ValueError(
                'PackPoseViews: a transform changed the image after its views were made; put '
                'PerturbedViews or AugMixViews after every transform that changes it'
            )
        packed = super().transform({**results, 'img': [image, *results['img_views']]})
        packed['data_samples'].set_metainfo({key: results[key] for key in META})
        return packed
