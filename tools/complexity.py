"""Count and time networks; see ``python tools/complexity.py --help``."""

from pathlib import Path

from mmpose_stable.complexity.cli import main

CONFIGS = Path(__file__).resolve().parents[1] / 'configs'
DEFAULTS = (
    'cl_resnet50_coco.py',
    'cl_resnet50_coco_384x288.py',
    'cl_resnet101_coco_384x288.py',
    'cl_resnet152_coco_384x288.py',
    'cl_hourglass8_coco.py',
)

if __name__ == '__main__':
    main(default_configs=[CONFIGS / name for name in DEFAULTS])
