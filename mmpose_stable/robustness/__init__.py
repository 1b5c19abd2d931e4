"""Robustness of any 2D model of MMPose under perturbations of its pictures."""

from mmpose_stable.robustness.certificate import certified
from mmpose_stable.robustness.examples import load_examples
from mmpose_stable.robustness.files import ResultFileError
from mmpose_stable.robustness.loop import RobustnessTestLoop
from mmpose_stable.robustness.metric import RobustnessMetric
from mmpose_stable.robustness.predictions import Predictions, load_predictions
from mmpose_stable.robustness.results import load_results

__all__ = [
    'Predictions',
    'ResultFileError',
    'RobustnessMetric',
    'RobustnessTestLoop',
    'certified',
    'load_examples',
    'load_predictions',
    'load_results',
]
