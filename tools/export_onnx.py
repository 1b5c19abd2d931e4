"""Export a model to ONNX; see ``python tools/export_onnx.py --help``."""

from mmpose_stable.cli.command import run
from mmpose_stable.cli.export_onnx import main

if __name__ == '__main__':
    run(main)
