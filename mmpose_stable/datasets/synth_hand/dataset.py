"""The embedded hand data set for MMPose configs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from numbers import Integral

import numpy as np
from mmpose.datasets.datasets.base import BaseCocoStyleDataset
from mmpose.registry import DATASETS

from mmpose_stable.datasets.hand import hand_metainfo
from mmpose_stable.datasets.synth_hand.camera import VIEWS
from mmpose_stable.datasets.synth_hand.details import detail_volume
from mmpose_stable.datasets.synth_hand.renderer import SPLITS, render_hand
from mmpose_stable.datasets.synth_hand.storage import picture_path
from mmpose_stable.datasets.synth_hand.template import hand_template

_SMALLEST_SIDE = 32


@DATASETS.register_module()
class SynthHandDataset(BaseCocoStyleDataset):
    """Procedural pictures of one hand with 21 exact keypoints, rendered when they are asked for.

    No files are read or written. A picture depends on ``seed``, ``split`` and its index only, so
    it is the same in every epoch, worker and rank. The keypoints come in the order of MMPose's RHD
    data set: the wrist, then each finger from tip to base, thumb first. They are the centres of
    the joints, except at the tips, where they lie in the skin; all lie inside the picture.

    Args:
        num_samples: Length of the data set, at least 1.
        seed: Not negative; another seed gives other pictures.
        split: 'train', 'val' or 'test': pictures of different splits are drawn independently.
        image_size: Width and height of the pictures in pixels, each at least 32. Another size
            shows the same hands.
        views: 'all', or 'palm' for an easier data set: hands held up, the palm to the camera.
        occluded_as_invisible: Every keypoint is labelled visible by default, as its place is known
            exactly. If True, ``keypoints_visible`` is 0 where the hand itself hides the joint.
        data_mode: Only 'topdown'.
        metainfo: Replaces the RHD keypoint layout's names and colours.
        indices: Use these pictures only, or the first so many.
        pipeline: Transforms; ``LoadImage`` passes the rendered picture on.
        test_mode: Whether the data set is for evaluation.
        lazy_init: Put off ``full_init``.
        max_refetch: How often another picture is tried when the pipeline returns None.

    Raises:
        ValueError: If an argument is outside of what is stated above; the message names its key.
    """

    METAINFO: dict = hand_metainfo(
        'synth_hand',
        dict(author='mmpose_stable', title='SynthHand', container='', year='', homepage=''),
    )

    def __init__(
        self,
        num_samples: int = 10000,
        seed: int = 0,
        split: str = 'train',
        image_size: Sequence[int] = (160, 160),
        views: str = 'all',
        occluded_as_invisible: bool = False,
        data_mode: str = 'topdown',
        metainfo: dict | None = None,
        indices: int | Sequence[int] | None = None,
        pipeline: Sequence[dict | Callable] = (),
        test_mode: bool = False,
        lazy_init: bool = False,
        max_refetch: int = 1000,
    ) -> None:
        _check_integer('num_samples', num_samples, least=1)
        _check_integer('seed', seed, least=0)
        if split not in SPLITS:
            raise ValueError(f'SynthHandDataset: split must be one of {SPLITS}, got {split!r}')
        if views not in VIEWS:
            raise ValueError(f'SynthHandDataset: views must be one of {VIEWS}, got {views!r}')
        if data_mode != 'topdown':
            raise ValueError(f"SynthHandDataset: data_mode must be 'topdown', got {data_mode!r}")
        if not isinstance(image_size, Sequence) or len(image_size) != 2:
            raise ValueError(
                f'SynthHandDataset: image_size must be (width, height), got {image_size!r}'
            )
        for side in image_size:
            _check_integer('image_size', side, least=_SMALLEST_SIDE)
        self.num_samples = num_samples
        self.seed = seed
        self.split = split
        self.image_size = tuple(image_size)
        self.views = views
        self.occluded_as_invisible = occluded_as_invisible
        super().__init__(
            data_mode=data_mode,
            metainfo=metainfo,
            indices=indices,
            pipeline=list(pipeline),
            test_mode=test_mode,
            lazy_init=lazy_init,
            max_refetch=max_refetch,
        )

    def load_data_list(self) -> list[dict]:
        """Return one small entry a picture; nothing is rendered yet."""
        # Built here, before data loader workers are forked, they share these.
        hand_template()
        detail_volume()
        return [dict(id=index) for index in range(self.num_samples)]

    def get_data_info(self, idx: int) -> dict:
        """Render a picture.

        Args:
            idx: Index in the data set.

        Returns:
            What MMPose's top-down pipelines read: ``img`` (H, W, 3) uint8 BGR, ``keypoints``
            (1, 21, 2) and ``bbox`` (1, 4) as x1, y1, x2, y2 in pixels of ``img``,
            ``keypoints_visible`` (1, 21), and the ids. ``hand_side`` is 'left' or 'right', and
            ``keypoints_occluded`` (1, 21) tells which joints other skin hides.
        """
        info = super().get_data_info(idx)
        index = info['id']
        picture = render_hand(self.seed, self.split, index, self.image_size, self.views)
        keypoints = picture.keypoints.astype(np.float32)
        visible = np.ones(len(keypoints), dtype=np.float32)
        if self.occluded_as_invisible:
            visible = picture.visible.astype(np.float32)
        x1, y1, x2, y2 = (float(v) for v in picture.box)
        area = (x2 - x1) * (y2 - y1)
        info.update(
            img=picture.image,
            img_id=index,
            img_path=picture_path(self.seed, self.split, index, self.image_size, self.views),
            bbox=picture.box.astype(np.float32)[None],
            bbox_score=np.ones(1, dtype=np.float32),
            keypoints=keypoints[None],
            keypoints_visible=visible[None],
            keypoints_occluded=~picture.visible[None],
            num_keypoints=int(visible.sum()),
            area=np.array(area, dtype=np.float32),
            iscrowd=0,
            segmentation=None,
            category_id=np.array(1),
            hand_side='left' if picture.left else 'right',
            raw_ann_info=dict(
                id=index,
                image_id=index,
                category_id=1,
                bbox=[x1, y1, x2 - x1, y2 - y1],
                area=area,
                iscrowd=0,
                num_keypoints=int(visible.sum()),
                keypoints=np.column_stack([keypoints, visible]).ravel().tolist(),
            ),
        )
        return info


def _check_integer(key: str, value: int, least: int) -> None:
    if not isinstance(value, Integral) or isinstance(value, bool) or value < least:
        raise ValueError(
            f'SynthHandDataset: {key} must be an integer of at least {least}, got {value!r}'
        )
