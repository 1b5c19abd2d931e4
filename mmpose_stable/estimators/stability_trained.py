"""The top-down estimator that trains on several views of each sample at once."""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from mmpose.models.pose_estimators import TopdownPoseEstimator
from mmpose.registry import MODELS
from torch import Tensor, nn

from mmpose_stable.data_preprocessors.views import ViewsDataPreprocessor
from mmpose_stable.estimators.consistency import (
    given_outputs,
    maps_of,
    offset_region,
    scaled_maps,
    select,
    stage_parts,
)
from mmpose_stable.estimators.output_part import Part
from mmpose_stable.estimators.teacher import Teacher, freeze_losses, moved_boxes
from mmpose_stable.model_parts import replaced
from mmpose_stable.tensors import at_least_float32, map_tensors, tensors_in

SUPERVISED = ('clean', 'perturbed', 'all', 'none')
UNMOVED = ('clean', 'none')  # what views of a moved box go with


@MODELS.register_module()
class StabilityTrainedPoseEstimator(TopdownPoseEstimator):
    """A top-down estimator that trains on views of a sample: clean, perturbed, adversarial.

    In training, all views of a batch go through the network once, as one batch. The head's own loss
    sees the views that ``supervised`` names. Each consistency loss compares all views. Prediction
    and checkpoints are those of ``TopdownPoseEstimator``.

    Args:
        backbone: As in ``TopdownPoseEstimator``.
        consistency: Configs of the losses that compare views: ``MSTLoss``, ``StabilityLoss``,
            ``JensenShannonLoss`` and ``OffsetStabilityLoss``.
        supervised: Which views the head's own loss sees: ``'clean'``, ``'perturbed'`` (all but the
            clean one), ``'all'``, or ``'none'``: no label is read, and a ``teacher`` gives the
            targets. The paper does not say which; its formulas have the clean picture.
        adversary: Config of an adversarial view to add, ``PGDAdversary``. It is made from the clean
            picture and raises the head's own loss, with the network in evaluation mode.
        weight_penalty: Config of a loss on the weights, ``SpectralNormPenalty``.
        teacher: Arguments of :class:`~mmpose_stable.estimators.teacher.Teacher` except ``model``.
            The output for every view should be the teacher's output for the clean picture.
        **kwargs: Every other argument of ``TopdownPoseEstimator``.

    Raises:
        ValueError: An unknown ``supervised``, or neither labels nor a teacher to learn from.
    """

    def __init__(
        self,
        backbone: dict[str, Any],
        consistency: Sequence[dict[str, Any]] = (),
        supervised: str = 'clean',
        adversary: dict[str, Any] | None = None,
        weight_penalty: dict[str, Any] | None = None,
        teacher: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        # Before the config is used, since building a model may change it.
        teacher = Teacher({'backbone': backbone, **kwargs}, **teacher) if teacher else None
        super().__init__(backbone, **kwargs)
        if supervised not in SUPERVISED:
            raise ValueError(
                f'`model.supervised` should be one of {SUPERVISED}, got {supervised!r}'
            )
        if supervised == 'none' and (not teacher or adversary or consistency):
            raise ValueError(
                "`model.supervised='none'` reads no label: it needs `model.teacher`, and "
                '`model.consistency` and `model.adversary`, which read labels, left out'
            )
        if isinstance(consistency, Mapping):
            consistency = [consistency]
        self.consistency = nn.ModuleList(MODELS.build(cfg) for cfg in consistency)
        self.supervised = supervised
        self.adversary = MODELS.build(adversary) if adversary else None
        self.weight_penalty = MODELS.build(weight_penalty) if weight_penalty else None
        self.teacher = teacher
        if supervised == 'none':
            freeze_losses(self.head)
        if not isinstance(self.data_preprocessor, ViewsDataPreprocessor):
            self.data_preprocessor = ViewsDataPreprocessor(self.data_preprocessor)

    def loss(self, inputs: Tensor, data_samples: list) -> dict[str, Tensor]:
        """Return the losses of head, consistency and teacher, and ``unmoved``.

        ``unmoved`` is the share of keypoints whose maximum is at the same place in all views.

        Args:
            inputs: (N, C, H, W), or views (V, N, C, H, W) with the clean one first; normalised.
            data_samples: N samples with targets.

        Raises:
            ValueError: The views that the losses need are missing, or they are of moved boxes
                although labels or views are compared.
            FloatingPointError: A loss is NaN or infinite; the message names it.
        """
        views = inputs if inputs.ndim == 5 else inputs[None]
        self.check_views(len(views), bool(moved_boxes(data_samples)))
        if self.adversary is not None:
            views = torch.cat((views, self.attack(views[0], data_samples)[None]))

        everything = range(len(views))
        supervised = {
            'clean': everything[:1],
            'perturbed': everything[1:],
            'all': everything,
            'none': everything[:0],
        }[self.supervised]
        forwarded = everything if self.consistency or self.teacher else supervised
        pictures = views[forwarded.start : forwarded.stop].flatten(0, 1)
        feats = self.extract_feat(pictures)
        # In float32 under autocast too: MMPose's heads hand them to NumPy, which knows no bfloat16.
        outputs = map_tensors(at_least_float32, self.head.forward(feats))

        n = len(data_samples)
        losses: dict[str, Tensor] = {}
        if supervised:
            first = forwarded.index(supervised[0]) * n
            last = first + len(supervised) * n
            with given_outputs(self.head, select(outputs, first, last)):
                losses |= self.head.loss(
                    select(feats, first, last),
                    data_samples * len(supervised),
                    train_cfg=self.train_cfg,
                )
        of_views = [select(outputs, start, start + n) for start in range(0, len(pictures), n)]
        if self.consistency:
            losses |= self.consistency_losses(of_views, data_samples)
        if self.teacher is not None:
            losses |= self.teacher.losses(self.head, views[0], of_views, data_samples)
        if self.weight_penalty is not None:
            losses[self.weight_penalty.log_name] = self.weight_penalty(self)
        raise_if_not_finite(losses)
        return losses

    def consistency_losses(self, views: list[Any], data_samples: list) -> dict[str, Tensor]:
        """Return each consistency loss, and ``unmoved``, of the head's outputs for each view."""
        views = [stage_parts(self.head, outputs)[-1] for outputs in views]
        if not maps_of(views[0]):
            raise ValueError(
                f'{type(self.head).__name__} gives no maps to compare views by: take a head with '
                'heatmaps or SimCC vectors, or leave `model.consistency` empty'
            )
        losses: dict[str, Tensor] = {}
        for module in self.consistency:
            name = module.log_name
            if name in losses:
                name = f'{name}_{len(losses)}'
            losses[name] = self.compare(module, views, data_samples)
        losses['unmoved'] = share_unmoved(views)
        return losses

    def compare(self, module: nn.Module, views: list[list[Part]], data_samples: list) -> Tensor:
        """Return one consistency loss, summed over the maps of a keypoint (SimCC has two)."""
        weights = [sample.gt_instance_labels.keypoint_weights for sample in data_samples]
        # MSPN and RSN have weights (L, 1, K) of each level; those of the finest one are the last.
        weights = torch.cat([one[-1] if one.ndim == 3 else one for one in weights])
        if module.compares == 'offsets':
            offsets = [part.values for view in views for part in view if part.kind == 'offsets']
            if not offsets:
                raise ValueError(
                    f'{type(module).__name__} compares offset maps, which '
                    f'{type(self.head).__name__} does not have; take it out of `model.consistency`'
                )
            region = offset_region(self.head, maps_of(views[0])[0].values, data_samples)
            return module(offsets, region & (weights > 0)[..., None, None])
        scaled = [scaled_maps(view, views[0], module.compares) for view in views]
        return sum(module(maps, weights) for maps in zip(*scaled, strict=True))

    def attack(self, inputs: Tensor, data_samples: list) -> Tensor:
        """Return the adversarial view of clean inputs (N, C, H, W)."""
        train_cfg = {**self.train_cfg, 'compute_acc': False}

        def own_loss(attacked: Tensor) -> Tensor:
            losses = self.head.loss(self.extract_feat(attacked), data_samples, train_cfg=train_cfg)
            return self.parse_losses(losses)[0]

        # In float32: in float16 a gradient can vanish and leave no sign to follow.
        # The kind of gradient checkpointing that `with_cp` of MMPose's blocks switches on allows
        # `backward` only, not the gradient of one tensor.
        with (
            switched_off(self, 'training'),
            switched_off(self, 'with_cp'),
            torch.autocast(inputs.device.type, enabled=False),
        ):
            low, high, grey_level = self.data_preprocessor.pixel_range(inputs)
            return self.adversary(inputs.float(), own_loss, low, high, grey_level).to(inputs)

    def check_views(self, num_views: int, moved: bool) -> None:
        """Raise where views are missing, or of moved boxes; warn where no loss needs them."""
        needed = bool(self.consistency or self.teacher) or self.supervised != 'clean'
        if needed and num_views < 2 and self.adversary is None:
            raise ValueError(
                'two or more views of each sample are needed by `model.consistency`, '
                '`model.teacher` or `model.supervised`, got 1: in the training pipeline, put '
                '`PerturbedViews` or `AugMixViews` before the last transform and make that '
                '`PackPoseViews`, or set `model.adversary`'
            )
        if not needed and (num_views > 1 or self.adversary is not None):
            warnings.warn(
                'no loss uses the perturbed views that the training pipeline or `model.adversary` '
                'makes; set `model.consistency` or `model.supervised`',
                stacklevel=2,
            )
        if moved and (self.consistency or self.supervised not in UNMOVED):
            raise ValueError(
                'labels and `model.consistency` belong to the clean crop, but the views are crops '
                'of moved boxes: set `box_shift` and `box_scale` of `PerturbedViews` to 0, or '
                "train with `model.teacher`, `model.supervised` 'none' or 'clean', and without "
                '`model.consistency`'
            )


def share_unmoved(views: list[list[Part]]) -> Tensor:
    """Return the share of (perturbed view, keypoint) pairs with the clean view's arg-max."""
    # A keypoint that moves on one of SimCC's axes has moved.
    clean, *others = (
        torch.stack([part.values.detach().flatten(2).argmax(-1) for part in maps_of(view)])
        for view in views
    )
    return torch.stack([(peaks == clean).all(0) for peaks in others]).float().mean()


def raise_if_not_finite(losses: dict[str, Any]) -> None:
    """Raise FloatingPointError where a loss is NaN or infinite; other keys are diagnostics.

    Training cannot go on: all views share the statistics of batch normalisation, whose running
    averages hold the NaN already.
    """
    totals = {
        name: sum(part.detach().float().sum() for part in tensors_in(value))
        for name, value in losses.items()
        if 'loss' in name
    }
    # One answer for all losses: on a GPU each question waits for the network.
    finite = torch.stack(list(totals.values())).isfinite().tolist()
    faulty = [name for name, good in zip(totals, finite, strict=True) if not good]
    if faulty:
        raise FloatingPointError(
            f'losses {faulty} are not finite: the training has diverged (lower the learning rate), '
            'or a picture or a target is NaN'
        )


@contextmanager
def switched_off(model: nn.Module, name: str) -> Iterator[None]:
    """Set an attribute of all modules that have it on to False inside the block."""
    with ExitStack() as stack:
        for module in model.modules():
            if getattr(module, name, False):
                stack.enter_context(replaced(module, name, False))
        yield
