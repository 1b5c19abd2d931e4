"""Export a pose model with normalisation and decoding to one ONNX file."""

import argparse
from collections.abc import Sequence
from pathlib import Path

import mmpose_stable  # noqa: F401  registers the package before any config is built
from mmpose_stable.cli.command import CommandParser
from mmpose_stable.engine.int8 import calibration_batches
from mmpose_stable.export.end_to_end import EndToEndPose
from mmpose_stable.export.onnx_file import export_onnx
from mmpose_stable.files import check_writable
from mmpose_stable.model_files import load_model


def build_parser() -> argparse.ArgumentParser:
    """Return the command line's parser."""
    parser = CommandParser(
        description='Export a top-down pose model to ONNX. The file takes crops (B, 3, H, W) uint8 '
        'and gives keypoints (B, K, 2) in pixels of the crop and scores (B, K).'
    )
    parser.add_argument('config', help='config file of a top-down model')
    parser.add_argument('checkpoint', help='its checkpoint')
    parser.add_argument('--out', required=True, type=Path, help='ONNX file to write')
    batch = parser.add_mutually_exclusive_group()
    batch.add_argument('--batch-size', type=int, default=1, help='crops in each call (default: 1)')
    batch.add_argument(
        '--dynamic-batch', action='store_true', help='any number of crops in each call'
    )
    parser.add_argument(
        '--rtmlib',
        action='store_true',
        help='write a file for rtmlib: it takes float32 crops and gives SimCC vectors (SimCC and '
        'RTMPose heads only)',
    )
    parser.add_argument(
        '--int8',
        action='store_true',
        help='compute in 8-bit numbers, with the ranges of pictures of the validation set',
    )
    return parser


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command."""
    args = build_parser().parse_args(argv)
    if args.out.suffix != '.onnx':
        raise ValueError(f'--out: expected a name ending in .onnx, got {str(args.out)!r}')
    check_writable(args.out, '--out')
    model = load_model(args.config, args.checkpoint, 'cpu')
    int8 = calibration_batches(model.cfg) if args.int8 else None
    export_onnx(model, args.out, args.batch_size, args.dynamic_batch, args.rtmlib, int8)
    width, height = EndToEndPose(model).input_size
    count = 'B' if args.dynamic_batch else args.batch_size
    print(
        f'{args.out}: images ({count}, 3, {height}, {width}) '
        f'{"float32" if args.rtmlib else "uint8"}, {args.out.stat().st_size / 1e6:.1f} MB'
    )
