"""Options that turn a usual test command into a robustness run."""

import argparse
import copy

from mmengine.config import Config, ConfigDict

from mmpose_stable.codecs.other_decoder import DECODERS
from mmpose_stable.config_parts import type_name
from mmpose_stable.robustness.selection import select_cells

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
    add = parser.add_argument_group('robustness').add_argument
    add(
        '--robustness',
        action='store_true',
        help='test on clean and perturbed pictures, and measure how far keypoints move',
    )
    add(
        '--perturbations',
        metavar='KINDS',
        help='held-out (default), train, all, coco-c, posebench, boxes, or kinds joined by commas',
    )
    add('--severities', help='severities, 1 to 5, joined by commas (default: all)')
    add(
        '--perturb-at',
        choices=['crop', 'image'],
        help='perturb the crop of each person (default of top-down models) or the whole picture',
    )
    add(
        '--decoder',
        choices=DECODERS,
        help="find keypoints in the heatmaps in this way instead of the model's own way",
    )
    add('--perturb-seed', type=int, help='seed of the perturbations (default: 0)')
    add('--frost-folder', help='folder of photographs of frost to use in place of the drawn ice')
    add(
        '--count-unlabelled',
        action='store_true',
        default=None,
        help='count keypoints without a label too (default: only if no keypoint has a label)',
    )
    add(
        '--person-score',
        type=float,
        help='leave out persons with a lower score (default: none are left out); only for models '
        'that find all persons of a picture',
    )
    add('--resume', action='store_true', default=None, help='go on with a run that was killed')
    add('--robustness-dir', help='folder of the results (default: robustness in the work folder)')


def is_asked_for(cfg: Config, args: argparse.Namespace) -> bool:
    """Whether a test is a robustness run, by an option or by its config."""
    return args.robustness or type_name(cfg.test_cfg) == 'RobustnessTestLoop'


def check(cfg: Config, args: argparse.Namespace) -> None:
    """Raise where a config has no test part, or where an option is not for this kind of test."""
    needed = ['test_dataloader', 'test_evaluator', 'test_cfg']
    absent = [key for key in needed if cfg.get(key) is None]
    if absent:
        raise ValueError(
            f'expected {", ".join(needed)} in the config; it lacks {", ".join(absent)}'
        )
    if is_asked_for(cfg, args):
        if args.show_dir:
            raise ValueError(
                '--show-dir: not in a robustness run, whose page has pictures of its own'
            )
        return
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    names = vars(parser.parse_args([])).keys() - {'robustness'}
    given = sorted(name for name in names if getattr(args, name) is not None)
    if given:
        options = ', '.join(f'--{name.replace("_", "-")}' for name in given)
        raise ValueError(f'{options}: for a robustness run only; add --robustness')


def apply(cfg: Config, args: argparse.Namespace) -> Config:
    """Return a copy of a config in which testing is a robustness run.

    The test loop changes, and :class:`RobustnessMetric` joins the evaluators. The data and their
    own metrics stay as they are, and so does the model, except for ``--decoder``. Settings of
    :class:`RobustnessTestLoop` in ``test_cfg`` are kept; options of the command line override them.

    Args:
        cfg: The config of any 2D model of MMPose.
        args: Parsed options of :func:`add_arguments`.

    Raises:
        ValueError: A kind or a severity does not exist, or the model has no decoder to replace.
    """
    changed = copy.deepcopy(cfg)
    given = {key: getattr(args, option) for option, key in _LOOP_KEYS.items()}
    given = {key: value for key, value in given.items() if value is not None}
    changed.test_cfg = ConfigDict({**cfg.test_cfg, **given, 'type': 'RobustnessTestLoop'})
    # The loop does so too, but only after the model is built and loaded.
    select_cells(changed.test_cfg.get('kinds', 'all'), changed.test_cfg.get('severities', 1))
    evaluators = changed.test_evaluator
    evaluators = list(evaluators) if isinstance(evaluators, (list, tuple)) else [evaluators]
    own = [one for one in evaluators if 'type' in one and type_name(one) == 'RobustnessMetric']
    if not own:
        own = [ConfigDict(type='RobustnessMetric')]
        evaluators = own + evaluators
    for option in ('count_unlabelled', 'person_score'):
        if getattr(args, option) is not None:
            own[0][option] = getattr(args, option)
    changed.test_evaluator = evaluators
    if args.decoder:
        head = changed.model.get('head') or {}
        head = head.get('pose_cfg', head)
        if not head.get('decoder'):
            raise ValueError(
                '--decoder: expected a model of heatmaps with a codec as `model.head.decoder`, '
                f'`model.head` is {head.get("type")!r}; leave the option out'
            )
        head.decoder = ConfigDict(type='OtherDecoder', codec=head.decoder, method=args.decoder)
    return changed
