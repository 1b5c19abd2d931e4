"""Run training; see ``python tools/train.py --help``."""

from mmpose_stable.cli.command import run
from mmpose_stable.cli.train import main

if __name__ == '__main__':
    run(main)
