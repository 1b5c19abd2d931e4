"""What lets MMPose import and load checkpoints on today's machines; real packages stay untouched."""

from mmpose_stable.compat.operators import install_stand_ins

__all__ = ['install_stand_ins']
