"""Draw loss surfaces; see ``python tools/loss_surface.py --help``."""

from mmpose_stable.cli.command import run
from mmpose_stable.cli.loss_surface import main

if __name__ == '__main__':
    run(main)
