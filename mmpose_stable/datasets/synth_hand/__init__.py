"""A procedural articulated hand, rendered on the fly: the embedded default data set."""

from mmpose_stable.datasets.synth_hand.dataset import SynthHandDataset

__all__ = ['SynthHandDataset']
