"""Frame-to-frame jitter of keypoints on video."""

from mmpose_stable.robustness.jitter.comparison import JitterComparison, Track, compare
from mmpose_stable.robustness.jitter.measure import (
    acceleration,
    box_diagonal,
    jitter,
    keypoint_spread,
)
from mmpose_stable.robustness.jitter.smoothing import one_euro

__all__ = [
    'JitterComparison',
    'Track',
    'acceleration',
    'box_diagonal',
    'compare',
    'jitter',
    'keypoint_spread',
    'one_euro',
]
