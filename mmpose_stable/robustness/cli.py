"""Options that turn a usual test command into a robustness run."""

from __future__ import annotations

import argparse
import copy

from mmengine.config import Config, ConfigDict

from mmpose_stable.robustness.selection import select_cells

_TEST_KEYS = ('test_dataloader', 'test_evaluator', 'test_cfg')


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of a robustness run."""
    group = parser.add_argument_group('robustness')
    group.add_argument(
        '--robustness', action='store_true', help='test on clean and perturbed pictures'
    )
    group.add_argument(
        '--perturbations',
        default='held-out',
        metavar='KINDS',
        help='held-out (default), train, all, or kinds joined by commas',
    )
    group.add_argument(
        '--severities', default='1,2,3,4,5', help='severities joined by commas (default: all five)'
    )
    group.add_argument(
        '--perturb-at',
        choices=['crop', 'image'],
        default='crop',
        help='perturb the input crop (default) or the whole image before it is cropped',
    )
    group.add_argument('--perturb-seed', type=int, default=0, help='seed of the perturbations')
    group.add_argument('--resume', action='store_true', help='go on with a run that was killed')
    group.add_argument(
        '--robustness-dir', help='folder of the results (default: robustness in the work folder)'
    )


def unused_options(args: argparse.Namespace) -> list[str]:
    """Return the options of a robustness run that are given without ``--robustness``."""
    if args.robustness:
        return []
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    defaults = vars(parser.parse_args([]))
    return [
        f'--{name.replace("_", "-")}'
        for name, default in defaults.items()
        if getattr(args, name) != default
    ]


def apply(cfg: Config, args: argparse.Namespace) -> Config:
    """Return a copy of a config in which testing is a robustness run.

    Model, data and the data set's own metrics stay as they are; only the test loop changes, and
    :class:`RobustnessMetric` joins the evaluators.

    Args:
        cfg: The config of any 2D top-down model of MMPose.
        args: Parsed options of :func:`add_arguments`.

    Raises:
        ValueError: The config has no test part, or an option does not make sense.
    """
    absent = [key for key in _TEST_KEYS if cfg.get(key) is None]
    if absent:
        raise ValueError(f'--robustness needs a config with {list(_TEST_KEYS)}, {absent} missing')
    select_cells(args.perturbations, args.severities)
    changed = copy.deepcopy(cfg)
    evaluators = changed.test_evaluator
    evaluators = list(evaluators) if isinstance(evaluators, (list, tuple)) else [evaluators]
    if not any(evaluator.get('type') == 'RobustnessMetric' for evaluator in evaluators):
        evaluators.insert(0, ConfigDict(type='RobustnessMetric'))
    changed.test_evaluator = evaluators
    changed.test_cfg = ConfigDict(
        type='RobustnessTestLoop',
        kinds=args.perturbations,
        severities=args.severities,
        perturb_at=args.perturb_at,
        seed=args.perturb_seed,
        out_dir=args.robustness_dir,
        resume=args.resume,
        fp16=changed.test_cfg.get('fp16', False),
    )
    return changed
