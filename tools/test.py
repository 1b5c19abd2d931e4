"""Run testing; see ``python tools/test.py --help``."""

from mmpose_stable.cli.command import run
from mmpose_stable.cli.test import main

if __name__ == '__main__':
    run(main)
