"""Compare robustness results; see ``python tools/compare.py --help``."""

from mmpose_stable.cli.command import run
from mmpose_stable.cli.compare import main

if __name__ == '__main__':
    run(main)
