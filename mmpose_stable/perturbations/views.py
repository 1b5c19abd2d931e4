"""Views of a sample beside its clean image: how transforms add them, and how they are packed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from mmpose.datasets.transforms import PackPoseInputs
from mmpose.registry import TRANSFORMS

from .box_views import MovedBox

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
        results: Of the transforms before; they stay as they are.
        views: V - 1 arrays of the shape of `results['img']`, (H, W, 3) uint8.
        boxes: Where the crop of each view lies in the image; none where all are the image's own.

    Returns:
        The results with `img_views`, `view_kinds`, `view_severities`, `view_draw` and `view_boxes`,
        and `viewed_img`, the image that the views are of.
    """
    return {
        **results,
        'img_views': views,
        'view_kinds': kinds,
        'view_severities': tuple(severities),
        'view_draw': draw,
        'view_boxes': tuple(boxes),
        'viewed_img': results['img'],
    }


@TRANSFORMS.register_module()
class PackPoseViews(PackPoseInputs):
    """Pack the clean image and its views as one sample.

    As `PackPoseInputs`, but `inputs` is a (V, 3, H, W) uint8 tensor, V = 1 + number of views: index
    0 is the clean image, index i the view i - 1, all in the channel order of the pipeline. The
    targets belong to all of them, as perturbations move nothing; views of moved boxes have
    `view_boxes`. `view_kinds`, `view_severities`, `view_draw` and `view_boxes` become meta
    information of the data sample.

    MMPose's collate function makes a list of B such tensors. `PoseDataPreprocessor` takes (3, H, W)
    images only and refuses them. `StabilityTrainedPoseEstimator` wraps it in
    `ViewsDataPreprocessor`; another estimator needs a data preprocessor that, as that one,

    1. checks that V is the same for all samples, and stacks them to B·V images, sample by sample
       (`torch.cat(inputs)`) or view by view (`torch.stack(inputs, 1).flatten(0, 1)`);
    2. treats these as its base class treats a batch of B·V images: channel order, normalisation,
       padding;
    3. gives the model the views apart again, (B, V, 3, H, W), with the B data samples;
    4. treats the (3, H, W) images of `PackPoseInputs`, in validation and inference, as its base
       class does.
    """

    def transform(self, results: dict) -> dict:
        """Return `inputs`, (V, 3, H, W) uint8, and `data_samples`.

        Raises:
            KeyError: There are no views.
            ValueError: The image is not the one that they are views of.
        """
        if 'img_views' not in results or 'viewed_img' not in results:
            raise KeyError(
                'PackPoseViews: expected img_views and viewed_img in the results; put '
                'PerturbedViews before it in the pipeline (a transform of your own calls '
                '`add_views`), or use PackPoseInputs'
            )
        image = results['img']
        if not np.array_equal(image, results['viewed_img']):
            raise ValueError(
                'PackPoseViews: expected views of the image as it is, but a transform changed the '
                f'image, now {image.shape}, after its views, {results["viewed_img"].shape}, were '
                'made; put PerturbedViews or AugMixViews after every transform that changes it'
            )
        packed = super().transform({**results, 'img': [image, *results['img_views']]})
        packed['data_samples'].set_metainfo({key: results[key] for key in META})
        return packed
