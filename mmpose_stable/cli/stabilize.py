"""Make a trained model stable without labels, and test it before and after."""

from __future__ import annotations

import argparse
import copy
import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmpose.registry import MODELS

from mmpose_stable.cli import jitter as jitter_command
from mmpose_stable.cli import test as test_command
from mmpose_stable.cli import train as train_command
from mmpose_stable.cli.command import CommandParser
from mmpose_stable.cli.configuration import add_config_changes, load_config, use_amp
from mmpose_stable.model_files import check_checkpoint, load_weights
from mmpose_stable.perturbations import HELD_OUT_KINDS, resolve_kinds
from mmpose_stable.robustness.jitter.video import open_video
from mmpose_stable.robustness.report import align, load_runs
from mmpose_stable.stabilize.derived import UPDATES, check_model, plain, stabilized
from mmpose_stable.stabilize.evaluation import (
    MOST_TESTED,
    SEVERITIES,
    evaluate,
    evaluation_config,
)
from mmpose_stable.stabilize.page import write_before_after
from mmpose_stable.stabilize.people import find_people, is_video, write_people
from mmpose_stable.stabilize.training import (
    RESULT_FILE,
    check_folder,
    cost_in_words,
    save_result,
    write_config,
)
from mmpose_stable.stabilize.verdict import verdict_lines, warnings_of

CONFIG_FILE, CONTROL_FILE = 'stabilize.py', 'control.py'
EVALUATION_FILE, PEOPLE_FILE = 'evaluate.py', 'people.json'


class Outcome(NamedTuple):
    """What the command leaves; nothing after ``--dry-run``."""

    page: Path | None = None
    checkpoint: Path | None = None
    lines: tuple[str, ...] = ()  # warnings, then the verdict


def build_parser() -> argparse.ArgumentParser:
    """Return the command line's parser."""
    parser = CommandParser(
        description='Make the keypoints of a trained top-down model move less. It needs no labels: '
        'the model learns from a frozen copy of itself. A page compares before and after.'
    )
    parser.add_argument('config', help='config file of the model')
    parser.add_argument('checkpoint', help='its checkpoint, which stays as it is')
    parser.add_argument(
        '--images',
        type=Path,
        help='a folder of pictures, a video, or a COCO file (default: the training pictures of '
        'the config)',
    )
    parser.add_argument(
        '--boxes',
        type=Path,
        help='CSV file of boxes, file,x,y,w,h for a folder and frame,x,y,w,h for a video '
        '(default: one person fills each picture)',
    )
    parser.add_argument(
        '--labels',
        action='store_true',
        help="learn from the labels of the config's training data too; not with --images",
    )
    parser.add_argument(
        '--updates',
        type=int,
        default=UPDATES,
        help='length of the training in optimizer steps (default: %(default)s)',
    )
    parser.add_argument(
        '--perturbations',
        metavar='KINDS',
        default='train',
        help='kinds of perturbation to train with: a group such as train (default) or kinds joined '
        'by commas',
    )
    parser.add_argument('--amp', action='store_true', help='train in mixed precision')
    parser.add_argument('--resume', action='store_true', help='go on where a killed run stopped')
    parser.add_argument(
        '--control',
        action='store_true',
        help='also train a copy for as many updates, with the labels and without perturbations, to '
        'compare with; not with --images',
    )
    parser.add_argument('--dry-run', action='store_true', help='write the configs and stop')
    parser.add_argument(
        '--test-persons',
        type=int,
        default=MOST_TESTED,
        help='test before and after on at most this many persons (default: %(default)s)',
    )
    parser.add_argument(
        '--work-dir', help='folder for all that is written (default: work_dirs/stabilize/CONFIG)'
    )
    add_config_changes(parser)
    # What load_config reads beside these.
    parser.set_defaults(launcher='none', local_rank=0, show=False, show_dir=None)
    return parser


def main(argv: Sequence[str] | None = None) -> Outcome:
    """Run the command."""
    args = build_parser().parse_args(argv)
    _check_options(args)
    args.work_dir = args.work_dir or str(Path('work_dirs', 'stabilize', Path(args.config).stem))
    folder = Path(args.work_dir)
    cfg = load_config(args)
    init_default_scope(cfg.get('default_scope', 'mmpose'))
    check_model(cfg)
    load_weights(_built(cfg), args.checkpoint, args.config)
    check_folder(folder, [args.config, args.checkpoint], args.resume)

    people = _people(args, folder)
    settings = {'updates': args.updates, 'people': people}
    training = stabilized(
        cfg, args.checkpoint, kinds=args.perturbations, labels=args.labels, **settings
    )
    write_config(folder / CONFIG_FILE, _finished(training, args), args.resume)
    if args.control:
        write_config(
            folder / CONTROL_FILE,
            _finished(plain(cfg, args.checkpoint, **settings), args),
            args.resume,
        )
    test, words = evaluation_config(cfg, people, args.test_persons)
    if set(resolve_kinds(args.perturbations)) & set(HELD_OUT_KINDS):
        words += ', perturbed in kinds that the training used too'
    test.dump(folder / EVALUATION_FILE)
    print(f'{folder / CONFIG_FILE}: {args.updates} updates; tested on {words}', flush=True)
    if args.dry_run:
        return Outcome()

    models = {'before': args.checkpoint, 'after': _train(args, folder, CONFIG_FILE, folder)}
    if args.control:
        models['plain'] = _train(args, folder, CONTROL_FILE, folder / 'control')
    for name, checkpoint in models.items():
        _test(args, folder, name, checkpoint)
    video, jitter = _measure_jitter(args, folder, models)
    folders = {name: folder / name for name in models}
    aligned, _ = align(load_runs(list(folders.values()), list(folders)))
    runs = {run.name: run for run in aligned}
    found = evaluate(words, runs, folders, jitter)
    lines = [
        *(f'Warning: {text}' for text in warnings_of(found)),
        *verdict_lines(
            found,
            cost_in_words(folder, training),
            f'{models["after"]}, for {args.config}; nothing else changes.',
        ),
    ]
    page = write_before_after(folder, runs, lines, video, jitter)
    print('\n'.join(['', *lines, f'Page: {page}']))
    return Outcome(page, Path(models['after']), tuple(lines))


def _check_options(args: argparse.Namespace) -> None:
    resolve_kinds(args.perturbations)
    for option, given in (('--updates', args.updates), ('--test-persons', args.test_persons)):
        if given < 1:
            raise ValueError(f'{option}: expected at least 1, got {given}')
    if args.boxes and not args.images:
        raise ValueError('--boxes: expected --images too, whose pictures the boxes belong to')
    for option in ('labels', 'control'):
        if args.images and getattr(args, option):
            raise ValueError(
                f"--{option}: needs the labels of the config's training data, but --images has "
                'none; leave --images out'
            )
    check_checkpoint(args.checkpoint, 'checkpoint')


def _built(cfg: Config) -> Any:
    model = {
        key: value
        for key, value in cfg.model.items()
        if key in ('backbone', 'neck', 'head', 'test_cfg')
    }
    return MODELS.build({'type': 'TopdownPoseEstimator', **copy.deepcopy(model)})


def _people(args: argparse.Namespace, folder: Path) -> Path | None:
    if args.images is None:
        return None
    path = folder / PEOPLE_FILE
    if not (args.resume and path.is_file()):
        people = find_people(args.images, args.boxes, folder / 'frames')
        print(f'--images: {people}', flush=True)
        write_people(path, people)
    return path


def _finished(cfg: Config, args: argparse.Namespace) -> Config:
    """Apply what the user sets of the training itself."""
    options = {
        key: value
        for key, value in (args.cfg_options or {}).items()
        # The data is in it by now, with the views that an option would put out again.
        if not key.startswith(('train_dataloader.dataset', 'train_pipeline', 'data_root'))
    }
    cfg.merge_from_dict(options)
    if args.amp:
        use_amp(cfg)
    return cfg


def _train(args: argparse.Namespace, folder: Path, config: str, work_dir: Path) -> str:
    """Train, and return the checkpoint that has weights alone."""
    result = work_dir / RESULT_FILE
    if not (args.resume and result.is_file()):
        words = [str(folder / config), '--work-dir', str(work_dir)]
        train_command.main([*words, '--resume'] if args.resume else words)
        save_result(work_dir, args.checkpoint)
    return str(result)


def _test(args: argparse.Namespace, folder: Path, name: str, checkpoint: str) -> None:
    test_command.main(
        [str(folder / EVALUATION_FILE), checkpoint, '--work-dir', str(folder / name)]
        + ['--robustness', '--robustness-dir', str(folder / name)]
        + ['--severities', ','.join(map(str, SEVERITIES))]
        + ['--resume'] * args.resume
    )


def _measure_jitter(
    args: argparse.Namespace, folder: Path, models: dict[str, str]
) -> tuple[Any, Path | None]:
    if args.images is None or not is_video(args.images):
        return None, None
    out, config = folder / 'jitter', str(folder / EVALUATION_FILE)
    words = [config, models['before'], str(args.images), '--name', 'before', '--out', str(out)]
    words += ['--model', config, models['after'], 'after']
    if importlib.util.find_spec('OneEuroFilter'):
        words += ['--smooth', 'one-euro']
    else:
        print('Jitter is measured as predicted alone: OneEuroFilter is not installed', flush=True)
    jitter_command.main([*words, *(['--boxes', str(args.boxes)] if args.boxes else [])])
    return open_video(args.images), out
