"""Make a trained model stable without labels, and test it before and after."""

import argparse
import importlib.util
import json
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.runner.checkpoint import CheckpointLoader, find_latest_checkpoint

from mmpose_stable.cli import jitter as jitter_command
from mmpose_stable.cli import test as test_command
from mmpose_stable.cli import train as train_command
from mmpose_stable.cli.command import CommandParser
from mmpose_stable.cli.configuration import add_config_changes, load_config, use_amp
from mmpose_stable.files import check_writable, whole_file
from mmpose_stable.model_files import check_checkpoint
from mmpose_stable.robustness.jitter.record import FIGURE_FILE, JSON_FILE
from mmpose_stable.robustness.jitter.video import open_video
from mmpose_stable.robustness.measures import AUC_BOX, R
from mmpose_stable.robustness.report import load_runs, write_pages
from mmpose_stable.robustness.report.page import PageFigure
from mmpose_stable.robustness.report.style import write_png
from mmpose_stable.robustness.report.verdicts import difference
from mmpose_stable.stabilize.derived import UPDATES, drop_initial_weights, plain, stabilized
from mmpose_stable.stabilize.evaluation import (
    MOST_TESTED,
    agreement,
    cost_in_words,
    evaluation_config,
)
from mmpose_stable.stabilize.people import find_people, is_video, write_people
from mmpose_stable.stabilize.strip import STRIP_CAPTION, draw_strip
from mmpose_stable.stabilize.verdict import Findings, verdict_lines, warnings_of
from mmpose_stable.version import __version__

# Not beside the checkpoints: the runner writes a config of the same name there, with what it added.
TRAINING_FILES = {'after': 'configs/stabilize.py', 'control': 'configs/control.py'}
TEST_FILE, PEOPLE_FILE = 'evaluate.py', 'people.json'
RESULT_FILE, PAGE_FILE = 'stabilized.pth', 'before_after.html'
SEVERITIES = '1,3,5'


class Outcome(NamedTuple):
    """What the command leaves."""

    page: Path
    checkpoint: Path
    lines: tuple[str, ...]  # the verdict


def build_parser() -> argparse.ArgumentParser:
    """Return the command line's parser."""
    parser = CommandParser(
        description='Make the keypoints of a trained top-down model move less. It needs no labels: '
        'the model learns from a frozen copy of itself. A page compares before and after.'
    )
    parser.add_argument('config', help='config file of the model')
    parser.add_argument('checkpoint', help='its checkpoint, which stays as it is')
    pictures = parser.add_mutually_exclusive_group()
    pictures.add_argument(
        '--images',
        type=Path,
        help='a folder of pictures, a video, or a COCO file (default: the training pictures of '
        'the config)',
    )
    pictures.add_argument(
        '--labels',
        action='store_true',
        help="learn from the labels of the config's training data too; not with --images",
    )
    parser.add_argument(
        '--control',
        action='store_true',
        help='also train a copy for as many updates, with the labels and without perturbations, to '
        'compare with; not with --images',
    )
    parser.add_argument(
        '--boxes',
        type=Path,
        help='CSV file of boxes, file,x,y,w,h for a folder and frame,x,y,w,h for a video '
        '(default: one person fills each picture)',
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
    return parser


def main(argv: Sequence[str] | None = None) -> Outcome | None:
    """Run the command; a dry run has no outcome."""
    args = build_parser().parse_args(argv)
    if args.boxes and not args.images:
        raise ValueError('--boxes: expected --images too, whose pictures the boxes belong to')
    if args.control and args.images:
        raise ValueError('--control: it needs labels, and --images has none; leave one of them out')
    for option, given in (('updates', args.updates), ('test-persons', args.test_persons)):
        if given < 1:
            raise ValueError(f'--{option}: expected at least 1, got {given}')
    cfg = load_config(args)
    check_checkpoint(args.checkpoint, 'checkpoint')
    init_default_scope(cfg.get('default_scope', 'mmpose'))
    folder = Path(args.work_dir or Path('work_dirs', 'stabilize', Path(args.config).stem))
    _check_folder(folder, args)

    people = _write_people(args, folder) if args.images else None
    settings = {'updates': args.updates, 'people': people}
    trainings = {
        'after': stabilized(
            cfg, args.checkpoint, kinds=args.perturbations, labels=args.labels, **settings
        )
    }
    if args.control:
        trainings['control'] = plain(cfg, args.checkpoint, **settings)
    for name, training in trainings.items():
        _change_training(training, args, name)
        _write_training(folder / TRAINING_FILES[name], training, args.resume)
    test, words = evaluation_config(cfg, people, args.test_persons)
    test.dump(folder / TEST_FILE)
    written = folder / TRAINING_FILES['after']
    print(f'{written}: {args.updates} updates; tested on {words}', flush=True)
    if args.dry_run:
        return None

    models = {'before': args.checkpoint}
    for name in trainings:
        models[name] = str(_train(folder, name, args))
    for name, checkpoint in models.items():
        test_command.main(
            [str(folder / TEST_FILE), checkpoint, '--work-dir', str(folder / name)]
            + ['--robustness', '--robustness-dir', str(folder / name), '--severities', SEVERITIES]
            + ['--resume'] * args.resume
        )
    runs = load_runs([folder / name for name in models], list(models))
    before, after, *control = runs
    jitter: list[tuple[float, float]] = []
    figures: list[PageFigure] = []
    if args.images and is_video(args.images):
        jitter, figures = _measure_jitter(args, folder, models)
    found = Findings(
        words,
        difference(before, after, R),
        difference(before, after, AUC_BOX, clean=True),
        difference(before, after, AUC_BOX),
        agreement(folder / 'before', folder / 'after'),
        jitter,
        control[0].mean(R) if control else None,
    )
    cost = cost_in_words(folder, trainings['after'])
    place = f'{models["after"]}, for {args.config}; nothing else changes.'
    lines = [*warnings_of(found), *verdict_lines(found, cost, place)]
    title = f'Before and after stabilising, on {after.content["dataset"]["name"]}'
    page = write_pages(runs, lines, folder, PAGE_FILE, title, figures)
    print('\n'.join(['', *lines, f'Page: {page}']))
    return Outcome(page, Path(models['after']), tuple(lines))


def _check_folder(folder: Path, args: argparse.Namespace) -> None:
    """Raise where the command would write over a file of the user, or over an earlier training."""
    for path in map(Path, (args.config, args.checkpoint)):
        if path.resolve().parent == folder.resolve():
            raise ValueError(
                f'--work-dir: {folder} holds {path.name}, which is yours; choose another folder'
            )
    training = folder / TRAINING_FILES['after']
    check_writable(training, '--work-dir')
    begun = training.is_file()
    if (folder / 'last_checkpoint').is_file() and not (begun and args.resume):
        how = 'go on with it (--resume), or choose' if begun else 'choose'
        raise ValueError(f'--work-dir: {folder} holds an earlier training; {how} another folder')


def _write_people(args: argparse.Namespace, folder: Path) -> Path:
    path = folder / PEOPLE_FILE
    given = {'images': args.images, 'boxes': args.boxes}
    source = {option: str(file.resolve()) for option, file in given.items() if file}
    if not (args.resume and path.is_file()):
        people, left_out = find_people(args.images, args.boxes, folder / 'frames')
        print(f'--images: {len(people)} persons; left out: {left_out}', flush=True)
        write_people(path, people, source)
    elif json.loads(path.read_text(encoding='utf-8')).get('info') != source:
        raise _other_options(path)
    return path


def _change_training(cfg: Config, args: argparse.Namespace, name: str) -> None:
    """Apply what the user sets of the training itself."""
    # The user's config has all of them already. By now the data has views, the schedule and the
    # list of hooks are others, and nothing is validated.
    left_out = ['train_dataloader.dataset', 'train_pipeline', 'data_root']
    left_out += ['param_scheduler', 'custom_hooks', 'val_']
    if name == 'control':
        left_out.append('model.teacher')  # it has none
    options = {
        key: value
        for key, value in (args.cfg_options or {}).items()
        if not key.startswith(tuple(left_out))
    }
    cfg.merge_from_dict(options)
    drop_initial_weights(cfg.model)  # which an option may have put in again
    if args.amp:
        use_amp(cfg)


def _write_training(path: Path, cfg: Config, resume: bool) -> None:
    if resume and path.is_file() and path.read_text(encoding='utf-8') != cfg.pretty_text:
        raise _other_options(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    cfg.dump(path)


def _other_options(path: Path) -> ValueError:
    return ValueError(
        f'--resume: {path} is of a run with other options; give those, or another --work-dir'
    )


def _train(folder: Path, name: str, args: argparse.Namespace) -> Path:
    """Train, and write the weights alone as a file that the user's config loads."""
    work_dir = folder if name == 'after' else folder / f'{name}_training'
    result = work_dir / RESULT_FILE
    if args.resume and result.is_file():
        return result
    words = [str(folder / TRAINING_FILES[name]), '--work-dir', str(work_dir)]
    train_command.main([*words, *['--resume'] * args.resume])
    trained = CheckpointLoader.load_checkpoint(find_latest_checkpoint(str(work_dir)), 'cpu')
    given = CheckpointLoader.load_checkpoint(args.checkpoint, 'cpu').get('meta') or {}
    kept = {key: value for key, value in given.items() if key == 'dataset_meta'}
    with whole_file(result) as temporary:
        meta = {**kept, 'head': trained['meta']['head'], 'mmpose_stable': __version__}
        torch.save({'state_dict': trained['state_dict'], 'meta': meta}, temporary)
    return result


def _measure_jitter(
    args: argparse.Namespace, folder: Path, models: dict[str, str]
) -> tuple[list[tuple[float, float]], list[PageFigure]]:
    """Return the jitter before and after, as predicted and smoothed, and figures of it."""
    out, config = folder / 'jitter', str(folder / TEST_FILE)
    words = [config, models['before'], str(args.images), '--name', 'before', '--out', str(out)]
    words += ['--model', config, models['after'], 'after']
    if importlib.util.find_spec('OneEuroFilter'):
        words += ['--smooth', 'one-euro']
    else:
        print('Jitter is measured as predicted alone: OneEuroFilter is not installed', flush=True)
    jitter_command.main([*words, *(['--boxes', str(args.boxes)] if args.boxes else [])])
    entries = json.loads((out / JSON_FILE).read_text(encoding='utf-8'))['entries']
    means = [entry['mean'] for entry in entries]
    strip = write_png(folder / 'figures' / 'strip.png', draw_strip(open_video(args.images), out))
    figures = [
        PageFigure('Keypoints on the video', STRIP_CAPTION, strip, wide=True),
        PageFigure(
            'Jitter on the video',
            'Acceleration of the keypoints: what moves evenly has none. Dashed: smoothed.',
            (out / FIGURE_FILE).read_bytes(),
            wide=True,
        ),
    ]
    return list(zip(means[::2], means[1::2], strict=True)), figures
