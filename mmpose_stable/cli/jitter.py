"""Measure how much the keypoints of pose models shake on a video."""

import argparse
import importlib.util
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

import torch

import mmpose_stable  # noqa: F401  registers the package before any config is built
from mmpose_stable.cli.command import CommandParser
from mmpose_stable.config_parts import read_config
from mmpose_stable.engine.fast_inference import fast_prediction
from mmpose_stable.files import check_writable
from mmpose_stable.model_files import check_checkpoint, keypoint_names, load_model, skeleton_links
from mmpose_stable.model_parts import decoder_input_size
from mmpose_stable.robustness.jitter.boxes import person_boxes
from mmpose_stable.robustness.jitter.drawing import draw_jitter, write_side_by_side
from mmpose_stable.robustness.jitter.measure import common_keypoints, compare
from mmpose_stable.robustness.jitter.record import (
    FIGURE_FILE,
    VIDEO_FILE,
    format_jitter,
    write_jitter,
)
from mmpose_stable.robustness.jitter.video import open_video, predict_track
from mmpose_stable.robustness.provenance import hash_file, hash_weights, versions
from mmpose_stable.robustness.report.style import write_png


def build_parser() -> argparse.ArgumentParser:
    """Return the command line's parser."""
    parser = CommandParser(
        description='Measure how much keypoints shake from frame to frame: the acceleration of '
        "each keypoint as a share of the body's size, which is the diagonal of each frame's box, "
        'or of the box around all keypoints where no box is given.'
    )
    parser.add_argument('config', type=Path, help='config file of a top-down model')
    parser.add_argument('checkpoint', help='its checkpoint')
    parser.add_argument('video', type=Path, help='video file with one person')
    parser.add_argument('--name', help="the model's name (default: the config's)")
    parser.add_argument(
        '--model',
        nargs='+',
        action='append',
        default=[],
        metavar=('CONFIG CHECKPOINT', 'NAME'),
        help='another model to compare with; give the option once for each model',
    )
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        '--box', help="the person's box in all frames, x,y,w,h in pixels (default: whole frame)"
    )
    where.add_argument(
        '--boxes', type=Path, help='CSV file with the columns frame,x,y,w,h; frames count from 0'
    )
    parser.add_argument('--out', required=True, type=Path, help='folder for the results')
    parser.add_argument('--max-frames', type=int, help='use only this many frames from the start')
    parser.add_argument(
        '--smooth', choices=['one-euro'], help='also measure smoothed copies of each model'
    )
    parser.add_argument(
        '--fast',
        action='store_true',
        help='predict in bfloat16 if the hardware computes in it, else in ONNX Runtime',
    )
    parser.add_argument(
        '--device',
        default='cuda:0' if torch.cuda.is_available() else 'cpu',
        help='where the models run: cpu, or a GPU such as cuda:0 (default: %(default)s)',
    )
    return parser


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command."""
    args = build_parser().parse_args(argv)
    # An optional package: everything but smoothing works without it.
    if args.smooth and importlib.util.find_spec('OneEuroFilter') is None:
        raise ValueError('--smooth one-euro: pip install OneEuroFilter')
    models = _named_models(args)
    video = open_video(args.video, args.max_frames)
    boxes = person_boxes(video, args.box, args.boxes)
    check_writable(args.out / FIGURE_FILE, '--out')

    loaded = {name: load_model(*files, args.device) for name, files in models.items()}
    names = {name: keypoint_names(model) for name, model in loaded.items()}
    common_keypoints(names)  # before a long prediction
    tracks = {}
    for name, model in loaded.items():
        size = decoder_input_size(model)
        with fast_prediction(model, size) if args.fast else nullcontext():
            tracks[name] = predict_track(model, video, boxes, name)
    boxes = boxes[: len(tracks[name])]
    has_box = bool(args.box or args.boxes)
    comparison = compare(tracks, names, video.fps, boxes if has_box else None, bool(args.smooth))

    settings = {
        'video': {
            'name': video.path.name,
            'sha256': hash_file(video.path),
            'size': [video.width, video.height],
            'fps': video.fps,
        },
        'box': args.box or (args.boxes.name if args.boxes else 'whole frame'),
        'body_size_by': 'box' if has_box else 'spread',
        'smoothing': args.smooth,
        'fast': args.fast,
        'models': [
            {
                'name': name,
                'config': config.name,
                'checkpoint': Path(checkpoint).name,
                'weights_sha256': hash_weights(loaded[name]),
            }
            for name, (config, checkpoint) in models.items()
        ],
        'versions': versions(),
    }
    write_jitter(args.out, comparison, boxes, settings)
    write_png(args.out / FIGURE_FILE, draw_jitter(comparison, video.fps))
    links = skeleton_links(next(iter(loaded.values())), comparison.keypoint_names)
    write_side_by_side(args.out / VIDEO_FILE, video, comparison, links)
    print(f'{format_jitter(comparison)}\n{args.out / FIGURE_FILE}\n{args.out / VIDEO_FILE}')


def _named_models(args: argparse.Namespace) -> dict[str, tuple[Path, str]]:
    """Return config and checkpoint of each model by its name, after a check of both."""
    models: dict[str, tuple[Path, str]] = {}
    for words in [[args.config, args.checkpoint, *filter(None, [args.name])], *args.model]:
        if len(words) not in (2, 3):
            raise ValueError(
                f'--model: expected CONFIG CHECKPOINT [NAME], got {" ".join(map(str, words))!r}'
            )
        config, checkpoint = Path(words[0]), words[1]
        name = words[2] if len(words) == 3 else config.stem
        if name in models:
            raise ValueError(
                f'two models are called alike ({name}); tell them apart with --name and --model '
                'CONFIG CHECKPOINT NAME'
            )
        read_config(config)
        check_checkpoint(checkpoint, 'checkpoint')
        models[name] = config, checkpoint
    return models
