"""Make a trained model stable; see ``python tools/stabilize.py --help``."""

from mmpose_stable.cli.command import run
from mmpose_stable.cli.stabilize import main

if __name__ == '__main__':
    run(main)
