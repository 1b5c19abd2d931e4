"""Measure jitter on a video; see ``python tools/jitter.py --help``."""

from mmpose_stable.cli.command import run
from mmpose_stable.cli.jitter import main

if __name__ == '__main__':
    run(main)
