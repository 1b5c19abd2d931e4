"""The training methods of the stable regression paper as functions on configs.

Each method changes a top-down config in one way: the training pipeline, the estimator, the head or
the codec. So any method goes with any config, MMPose's own or yours.
"""

import copy
from collections.abc import Callable, Mapping
from typing import Any

from mmengine.config import Config, ConfigDict

from mmpose_stable.config_parts import type_name

# Heads that RCC and HDHR can take the place of, and what takes it.
_RCC_HEADS = {
    'HeatmapHead': 'RCCHead',
    'CPMHead': 'StackedRCCHead',
    'RCCHead': 'RCCHead',
    'StackedRCCHead': 'StackedRCCHead',
}
_COMPOSITE_HEADS = ('CLHead', 'CLHourglassHead')
# Of MMPose: heads whose own loss is a divergence of distributions.
_DISTRIBUTION_HEADS = ('SimCCHead', 'RTMCCHead', 'RTMWHead')
# Of MMPose: heads whose output is coordinates.
_COORDINATE_HEADS = ('RegressionHead', 'RLEHead', 'IntegralRegressionHead', 'DSNTHead')
TRAINING_VIEWS = {'type': 'PerturbedViews', 'num_views': 1, 'kinds': 'train'}
# Ours: a norm over all pixels, so smaller yet than the weight of MST.
_STABILITY_LOSS = {'type': 'StabilityLoss', 'loss_weight': 0.001}


def apply_method(cfg: Config, name: str) -> Config:
    """Return a copy of a config that trains with one of the methods.

    Raises:
        ValueError: There is no such method, or the config lacks the part that it changes.

    Example:
        >>> from mmengine.config import Config
        >>> pipeline = [dict(type='LoadImage'), dict(type='PackPoseInputs')]
        >>> head = dict(type='HeatmapHead')
        >>> cfg = Config(dict(
        ...     model=dict(type='TopdownPoseEstimator', head=head),
        ...     train_dataloader=dict(dataset=dict(type='CocoDataset', pipeline=pipeline))))
        >>> apply_method(cfg, 'st_a').model.consistency
        [{'type': 'StabilityLoss', 'loss_weight': 0.001}]
    """
    if name not in METHODS:
        raise ValueError(f'--method: expected one of {", ".join(METHODS)}; got {name!r}')
    changed = copy.deepcopy(cfg)
    model = changed.get('model') or {}
    if 'head' not in model or type_name(model) != 'TopdownPoseEstimator':
        raise ValueError(
            f'--method {name}: expected a config whose `model.type` is TopdownPoseEstimator, got '
            f'{model.get("type")!r}'
        )
    for part in METHODS[name]:
        part(changed)
    import_package(changed)
    return changed


def import_package(cfg: Config) -> None:
    """Let a config import this package, beside what it imports already, in place."""
    imports = cfg.setdefault('custom_imports', ConfigDict(imports=[]))
    named = imports['imports']
    named = [named] if isinstance(named, str) else named
    imports['imports'] = list(dict.fromkeys([*named, 'mmpose_stable']))
    imports.setdefault('allow_failed_imports', False)


def augment(cfg: Config) -> None:
    """augment: half of the pictures are perturbed; the loss stays. The others have to beat this."""
    before_packing(cfg, {'type': 'RandomPerturbation', 'prob': 0.5, 'kinds': 'train'})


def rcc(cfg: Config) -> None:
    """R: row-column correlation in the head."""
    _rcc_head(cfg, 'R')['rcc'] = True


def hdhr(cfg: Config) -> None:
    """H: highly differentiated heatmaps and the weighted cross-entropy."""
    head = _rcc_head(cfg, 'H')
    size = {key: head['decoder'][key] for key in ('input_size', 'heatmap_size')}
    codec = ConfigDict(type='HDHeatmap', **size)
    head['loss'] = ConfigDict(type='WeightedCrossEntropyLoss')
    head['decoder'] = codec
    cfg.model.setdefault('test_cfg', ConfigDict())['shift_heatmap'] = False  # cells flip onto cells
    if 'codec' in cfg:
        cfg.codec = copy.deepcopy(codec)
    _crop_plainly(list(cfg.values()))
    for pipeline in training_pipelines(cfg):
        for step in pipeline:
            if type_name(step) == 'GenerateTarget':
                step['encoder'] = copy.deepcopy(codec)


def mst(cfg: Config) -> None:
    """M: maximum stability training, one perturbed view beside the clean one."""
    head = cfg.model.head
    loss = head.get('loss')
    # MSPN and RSN have a list of losses, one for each of their levels.
    cross_entropy = isinstance(loss, Mapping) and type_name(loss) == 'WeightedCrossEntropyLoss'
    # Ours; the paper prints none. Beside a mean square error, a larger one leads to empty maps.
    losses = [{'type': 'MSTLoss', 'loss_weight': 10.0 if cross_entropy else 0.01}]
    if type_name(head) in _COMPOSITE_HEADS:
        losses.append({'type': 'OffsetStabilityLoss'})
    _compare_views(cfg, losses, TRAINING_VIEWS)


def st_a(cfg: Config) -> None:
    """ST_a: stability training with all ten training perturbations."""
    _compare_views(cfg, [_STABILITY_LOSS], TRAINING_VIEWS)


def st_g(cfg: Config) -> None:
    """ST_g: stability training with Gaussian noise (Zheng et al.)."""
    _compare_views(cfg, [_STABILITY_LOSS], {'type': 'PerturbedViews', 'kinds': 'gaussian_noise'})


def augmix(cfg: Config) -> None:
    """AugMix: two mixtures of photometric operations beside the clean view."""
    # Ours: AugMix weighs 12 beside a cross-entropy of a few units, a mean square error of heatmaps
    # is three orders smaller; the temperature lets a map with a peak of 1 keep it after softmax.
    loss = {'type': 'JensenShannonLoss', 'loss_weight': 0.012, 'temperature': 0.1}
    if type_name(cfg.model.head) in _DISTRIBUTION_HEADS:
        loss['temperature'] = 1.0  # they have distributions already
    _compare_views(cfg, [loss], {'type': 'AugMixViews', 'num_views': 2})


def at(cfg: Config) -> None:
    """AT: adversarial training (projected gradient descent, Madry et al.)."""
    # epsilon: Madry et al. on CIFAR-10. Ours: 3 steps, as each is one more forward and backward
    # (theirs: 7), and a step of 4 (theirs: 2), for 3 of 2 would not cross the ball.
    stability_trained(
        cfg,
        adversary={'type': 'PGDAdversary', 'epsilon': 8, 'step': 4, 'steps': 3},
        supervised='perturbed',
    )


def lip(cfg: Config) -> None:
    """Lip: a spectral-norm penalty; the paper does not print the method's formula."""
    # Ours: the sum over all layers is some tens at the start, the mean square error 0.003.
    stability_trained(cfg, weight_penalty={'type': 'SpectralNormPenalty', 'loss_weight': 1e-5})


def patch_gaussian(cfg: Config) -> None:
    """PG: noise inside one random square (Lopes et al.)."""
    # Squares up to the input's size and noise up to the whole range of grey levels, as its source.
    before_packing(cfg, {'type': 'PatchGaussian', 'sigma': 1.0})


# A method and its parts, in order: M comes last, because its weight depends on what H changed.
METHODS: Mapping[str, tuple[Callable[[Config], None], ...]] = {
    'augment': (augment,),
    'r': (rcc,),
    'h': (hdhr,),
    'm': (mst,),
    'rh': (hdhr, rcc),
    'rm': (rcc, mst),
    'hm': (hdhr, mst),
    'rhm': (hdhr, rcc, mst),
    'at': (at,),
    'augmix': (augmix,),
    'lip': (lip,),
    'pg': (patch_gaussian,),
    'st_g': (st_g,),
    'st_a': (st_a,),
}


def training_pipelines(cfg: Config) -> list[list[dict]]:
    """Return each list of transforms that ends with packing, of the training data and hooks.

    They include a second pipeline that a ``PipelineSwitchHook`` puts in later.
    """
    parts, found = [cfg.get('train_dataloader'), cfg.get('custom_hooks')], {}
    while parts:
        part = parts.pop(0)
        if isinstance(part, Mapping):
            parts.extend(part.values())
        elif isinstance(part, list):
            last = part[-1] if part and isinstance(part[-1], Mapping) else {}
            if type_name(last) in ('PackPoseInputs', 'PackPoseViews'):
                found[id(part)] = part  # data sets may share one
            else:
                parts.extend(part)
    return list(found.values())


def _rcc_head(cfg: Config, letter: str) -> dict:
    """Put the head that can compute RCC in the place of a plain one, and return it."""
    head = cfg.model.head
    decoder = head.get('decoder') or {}
    plain = 'heatmap_size' in decoder and decoder.get('heatmap_type') != 'combined'
    if type_name(head) not in _RCC_HEADS or not plain:
        raise ValueError(
            f'--method with {letter}: expected `model.head.type` to be one of '
            f'{", ".join(_RCC_HEADS)} with a codec of heatmaps that are not `combined`, got '
            f'{type_name(head)!r} with {type_name(decoder)!r}'
        )
    if type_name(head) != _RCC_HEADS[type_name(head)]:
        head.update(type=_RCC_HEADS[type_name(head)], rcc=False)
    return head


def _crop_plainly(part: Any) -> None:
    """Switch off UDP's crops everywhere; only UDP's own codecs decode keypoints in their frame."""
    if isinstance(part, dict):
        if part.get('use_udp'):
            part['use_udp'] = False
        part = list(part.values())
    if isinstance(part, (list, tuple)):
        for inner in part:
            _crop_plainly(inner)


def stability_trained(cfg: Config, **settings: Any) -> None:
    """Make the estimator one that trains on views, with these settings, in place."""
    cfg.model['type'] = 'StabilityTrainedPoseEstimator'
    cfg.model.update(settings)


def _compare_views(cfg: Config, losses: list[dict], views: dict) -> None:
    head = cfg.model.head
    kind = type_name(head.get('pose_cfg') or head)  # that of one that predicts visibility too
    if kind in _COORDINATE_HEADS:
        raise ValueError(
            f'--method: it compares heatmaps or distributions, and {kind} predicts coordinates; '
            'at, lip and pg work with this head'
        )
    stability_trained(cfg, consistency=losses)
    if kind in (*_DISTRIBUTION_HEADS, 'MSPNHead'):
        # Ours: their own loss is a sum over the batch, or over maps with a peak of 255, so the
        # comparison of views has no effect beside it. Labels on all views have one.
        cfg.model['supervised'] = 'all'
    before_packing(cfg, views, pack='PackPoseViews')


def before_packing(cfg: Config, step: dict, pack: str | None = None) -> None:
    """Put a transform before the packing of every training pipeline, in place.

    Args:
        pack: The transform that packs from now on, if it is another one.
    """
    pipelines = training_pipelines(cfg)
    if not pipelines:
        raise ValueError(
            '--method: `train_dataloader` has no pipeline that ends with PackPoseInputs'
        )
    for pipeline in pipelines:
        pipeline.insert(-1, ConfigDict(step))
        if pack:
            pipeline[-1]['type'] = pack
