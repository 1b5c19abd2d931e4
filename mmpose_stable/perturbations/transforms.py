"""Perturbations as MMPose data transforms: one fixed kind, or views for training."""

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from mmcv.transforms import BaseTransform
from mmpose.registry import TRANSFORMS

from .api import perturb
from .boxes import crop_of_box, draw_box
from .keys import Key, draw_number, keyed_generator
from .table import (
    HELD_OUT_KINDS,
    SEVERITIES,
    check_kind,
    check_severity,
    resolve_kinds,
    resolve_severities,
)
from .views import add_views


def _sample_id(results: dict, id_key: str) -> Key:
    if id_key not in results:
        raise KeyError(
            f'expected results[{id_key!r}] to name the sample of a perturbation; set id_key to one '
            f'of {sorted(map(str, results))}'
        )
    return results[id_key]


@TRANSFORMS.register_module()
class PerturbImage(BaseTransform):
    """Perturb `results['img']` by one kind at one severity, the same way each time a sample is met.

    Place it after the image is loaded to perturb the whole picture, or after `TopdownAffine` to
    perturb the crop that the network sees. On the whole picture `id_key='img_id'` gives all persons
    in it the same perturbed picture.

    Args:
        kind: One of `mmpose_stable.perturbations.EVERY_KIND`.
        severity: 1 to 5.
        seed: Another seed gives other draws.
        id_key: Of `results`, names the sample; the draws depend on (seed, its value).
    """

    def __init__(self, kind: str, severity: int, seed: int = 0, id_key: str = 'id') -> None:
        check_kind(kind)
        check_severity(severity)
        self.kind = kind
        self.severity = severity
        self.seed = seed
        self.id_key = id_key

    def transform(self, results: dict) -> dict:
        """Replace `results['img']`, (H, W, 3) uint8 BGR."""
        key = (self.seed, _sample_id(results, self.id_key))
        image = perturb(results['img'], self.kind, self.severity, key=key, channel_order='bgr')
        return {**results, 'img': image}


class _DrawnPerturbations(BaseTransform):
    """Base of the transforms that draw a kind and a severity for each sample they meet."""

    def __init__(
        self,
        kinds: str | Sequence[str] = 'train',
        severities: Sequence[int] = SEVERITIES,
        id_key: str = 'id',
    ) -> None:
        self.kinds = resolve_kinds(kinds)
        self.severities = resolve_severities(severities)
        self.id_key = id_key
        held_out = [kind for kind in self.kinds if kind in HELD_OUT_KINDS]
        if held_out:
            warnings.warn(
                f'{type(self).__name__} trains on held-out perturbations ({", ".join(held_out)}): '
                "an evaluation on them is not one on unseen perturbations. kinds='train' has none.",
                stacklevel=3,
            )

    def draw(self, rng: np.random.Generator, count: int) -> tuple[tuple[str, ...], tuple[int, ...]]:
        """Return as many kinds and severities, each drawn uniformly."""
        kinds = rng.integers(len(self.kinds), size=count)
        severities = rng.integers(len(self.severities), size=count)
        return tuple(self.kinds[i] for i in kinds), tuple(self.severities[i] for i in severities)


@TRANSFORMS.register_module()
class RandomPerturbation(_DrawnPerturbations):
    """Perturb `results['img']` by a random kind at a random severity, with probability `prob`.

    Plain data augmentation for any model::

        dict(type='TopdownAffine', input_size=(256, 256)),
        dict(type='RandomPerturbation'),

    After the crop (`TopdownAffine`, `BottomupRandomAffine`) it perturbs what the network sees;
    before it, the whole picture. It comes before any normalisation. The draws depend on (sample,
    draw number) as those of `PerturbedViews` do.

    Args:
        prob: Probability of a perturbed picture, 0 to 1.
        **kwargs: `kinds`, `severities` and `id_key` as in `PerturbedViews`.
    """

    def __init__(self, prob: float = 0.5, **kwargs: Any) -> None:
        if not 0 <= prob <= 1:
            raise ValueError(f'prob: expected a probability from 0 to 1; got {prob!r}')
        super().__init__(**kwargs)
        self.prob = prob

    def transform(self, results: dict) -> dict:
        """Replace `results['img']`, (H, W, 3) uint8 BGR, or leave it as it is."""
        key = (_sample_id(results, self.id_key), draw_number())
        rng = keyed_generator('augment', *key)
        if rng.random() >= self.prob:
            return results
        (kind,), (severity,) = self.draw(rng, 1)
        image = perturb(results['img'], kind, severity, key=key, channel_order='bgr')
        return {**results, 'img': image}


@TRANSFORMS.register_module()
class PerturbedViews(_DrawnPerturbations):
    """Add randomly perturbed copies of the clean image, to be trained on together with it.

    It comes after every transform that changes `results['img']`, and `PackPoseViews` takes the
    place of `PackPoseInputs`::

        dict(type='TopdownAffine', input_size=(256, 256)),
        dict(type='PerturbedViews', num_views=1),
        dict(type='GenerateTarget', encoder=codec),
        dict(type='PackPoseViews'),

    The results get what `add_views` adds; `img` stays the clean image. Kind and severity of a view
    are drawn uniformly. The draws depend on (sample, draw number), see `draw_number`. Any view can
    be made again from the clean image, or its `crop_of_box`:
    `perturb(img, kind, severity, key=(sample, draw number, index), channel_order='bgr')`.

    With `box_shift` or `box_scale` each view is the crop of a box that lies a little elsewhere, cut
    from the clean crop before it is perturbed. Only `model.teacher` knows how to compare it with
    the clean crop.

    Args:
        num_views: Perturbed views beside the clean one, at least 1.
        kinds: What to draw from, see `resolve_kinds`. A held-out kind gives a warning.
        severities: What to draw from, 1 to 5.
        box_shift: Largest move of a view's box on each axis, as a share of the crop's side.
        box_scale: Largest change of its size, as a share of it.
        id_key: Of `results`, names the sample.
    """

    def __init__(
        self,
        num_views: int = 1,
        kinds: str | Sequence[str] = 'train',
        severities: Sequence[int] = SEVERITIES,
        box_shift: float = 0.0,
        box_scale: float = 0.0,
        id_key: str = 'id',
    ) -> None:
        for name, value in (('box_shift', box_shift), ('box_scale', box_scale)):
            if not 0 <= value <= 0.5:
                raise ValueError(f'{name}: expected a share from 0 to 0.5; got {value!r}')
        if not isinstance(num_views, int) or num_views < 1:
            raise ValueError(f'num_views: expected a whole number from 1 on; got {num_views!r}')
        super().__init__(kinds, severities, id_key)
        self.num_views = num_views
        self.box_shift = box_shift
        self.box_scale = box_scale

    def transform(self, results: dict) -> dict:
        """Add the views of `results['img']`, (H, W, 3) uint8 BGR."""
        sample = _sample_id(results, self.id_key)
        draw = draw_number()
        rng = keyed_generator('views', sample, draw)
        kinds, severities = self.draw(rng, self.num_views)
        image, boxes = results['img'], []
        if self.box_shift or self.box_scale:
            limits = self.box_shift, self.box_scale, image.shape[1::-1]
            boxes = [draw_box(rng, *limits) for _ in range(self.num_views)]
        crops = [crop_of_box(image, box) for box in boxes] or [image] * self.num_views
        views = [
            perturb(crop, kind, severity, key=(sample, draw, i), channel_order='bgr')
            for i, (crop, kind, severity) in enumerate(zip(crops, kinds, severities, strict=True))
        ]
        return add_views(results, views, kinds, severities, draw, boxes)
