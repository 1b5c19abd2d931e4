"""Draw heatmaps of several models; see ``python tools/compare_heatmaps.py --help``."""

from mmpose_stable.cli.command import run
from mmpose_stable.cli.compare_heatmaps import main

if __name__ == '__main__':
    run(main)
