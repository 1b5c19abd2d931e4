"""Options that turn a usual test command into a robustness run."""

from __future__ import annotations

import argparse
import copy
import inspect
from collections.abc import Mapping
from typing import Any

from mmengine.config import Config, ConfigDict

from mmpose_stable.codecs.other_decoder import DECODERS
from mmpose_stable.config_parts import type_name
from mmpose_stable.robustness.loop import RobustnessTestLoop
from mmpose_stable.robustness.selection import select_cells

_TEST_KEYS = ('test_dataloader', 'test_evaluator', 'test_cfg')
# Option of the command line -> argument of the loop.
_LOOP_KEYS = {
    'perturbations': 'kinds',
    'severities': 'severities',
    'perturb_at': 'perturb_at',
    'perturb_seed': 'seed',
    'frost_folder': 'frost_folder',
    'robustness_dir': 'out_dir',
    'resume': 'resume',
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of a robustness run."""
    group = parser.add_argument_group('robustness')
    group.add_argument(
        '--robustness',
        action='store_true',
        help='test on clean and perturbed pictures, and measure how far keypoints move',
    )
    group.add_argument(
        '--perturbations',
        metavar='KINDS',
        help='held-out (default), train, all, coco-c, posebench, boxes, or kinds joined by commas',
    )
    group.add_argument('--severities', help='severities, 1 to 5, joined by commas (default: all)')
    group.add_argument(
        '--perturb-at',
        choices=['crop', 'image'],
        help='perturb the crop of each person (default of top-down models) or the whole picture',
    )
    group.add_argument(
        '--decoder',
        choices=DECODERS,
        help="find keypoints in the model's heatmaps in this way instead of the model's own",
    )
    group.add_argument('--perturb-seed', type=int, help='seed of the perturbations (default: 0)')
    group.add_argument(
        '--frost-folder', help='folder of photographs of frost to use in place of the drawn ice'
    )
    group.add_argument(
        '--count-unlabelled',
        action=argparse.BooleanOptionalAction,
        help='count keypoints without a label too (default: only if no keypoint has a label)',
    )
    group.add_argument(
        '--person-score',
        type=float,
        help='leave out persons of a lower score (default: 0); only for models that find all '
        'persons of a picture',
    )
    group.add_argument(
        '--resume', action='store_true', default=None, help='go on with a run that was killed'
    )
    group.add_argument(
        '--robustness-dir', help='folder of the results (default: robustness in the work folder)'
    )


def check_options(parser: argparse.ArgumentParser, args: argparse.Namespace) -> None:
    """Stop with the parser's error where a kind or a severity does not exist."""
    for option, chosen in (
        ('--perturbations', (args.perturbations or 'all', 1)),
        ('--severities', ('all', args.severities or 1)),
    ):
        try:
            select_cells(*chosen)
        except ValueError as error:
            parser.error(f'{option}: {error}')


def unused_options(args: argparse.Namespace) -> list[str]:
    """Return the options of a robustness run that are given without ``--robustness``."""
    if args.robustness:
        return []
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    names = vars(parser.parse_args([])).keys() - {'robustness'}
    return [
        f'--{name.replace("_", "-")}'
        for name in vars(args)
        if name in names and getattr(args, name) is not None
    ]


def apply(cfg: Config, args: argparse.Namespace) -> Config:
    """Return a copy of a config in which testing is a robustness run.

    The test loop changes, and :class:`RobustnessMetric` joins the evaluators. The data and their
    own metrics stay as they are, and so does the model, except for ``--decoder``. Settings of
    :class:`RobustnessTestLoop` in ``test_cfg`` are kept; options of the command line override them.

    Args:
        cfg: The config of any 2D model of MMPose.
        args: Parsed options of :func:`add_arguments`.

    Raises:
        ValueError: The config has no test part, or an option does not make sense.
    """
    absent = [key for key in _TEST_KEYS if cfg.get(key) is None]
    if absent:
        raise ValueError(f'--robustness needs a config with {list(_TEST_KEYS)}, {absent} missing')
    changed = copy.deepcopy(cfg)
    changed.test_cfg = _loop(changed.test_cfg, args)
    evaluators = changed.test_evaluator
    evaluators = list(evaluators) if isinstance(evaluators, (list, tuple)) else [evaluators]
    own = [
        evaluator
        for evaluator in evaluators
        if 'type' in evaluator and type_name(evaluator) == 'RobustnessMetric'
    ]
    if not own:
        own = [ConfigDict(type='RobustnessMetric')]
        evaluators = own + evaluators
    for option in ('count_unlabelled', 'person_score'):
        if getattr(args, option) is not None:
            own[0][option] = getattr(args, option)
    changed.test_evaluator = evaluators
    if args.decoder:
        _replace_decoder(changed.model, args.decoder)
    return changed


def _replace_decoder(model: ConfigDict, method: str) -> None:
    head = model.get('head') or {}
    head = head.get('pose_cfg', head)
    if not head.get('decoder'):
        raise ValueError(
            '--decoder: expected a model of heatmaps with a codec as `model.head.decoder`, '
            f'`model.head` is {head.get("type")!r}; leave the option out'
        )
    head.decoder = ConfigDict(type='OtherDecoder', codec=head.decoder, method=method)


def _loop(given: Mapping[str, Any], args: argparse.Namespace) -> ConfigDict:
    """Return the config of the loop: what ``test_cfg`` gives, below what the options give."""
    settings = {key: value for key, value in given.items() if key != 'type'}
    defaults = {
        name: parameter.default
        for name, parameter in inspect.signature(RobustnessTestLoop).parameters.items()
        if name not in ('runner', 'dataloader', 'evaluator')
    }
    unknown = sorted(settings.keys() - defaults.keys())
    if unknown:
        raise ValueError(
            f'--robustness: expected settings of RobustnessTestLoop in `test_cfg`, got {unknown}; '
            f'it knows {list(defaults)}'
        )
    for option, key in _LOOP_KEYS.items():
        if getattr(args, option) is not None:
            settings[key] = getattr(args, option)
    whole = {**defaults, **settings}
    select_cells(whole['kinds'], whole['severities'])
    return ConfigDict(type='RobustnessTestLoop', **settings)
