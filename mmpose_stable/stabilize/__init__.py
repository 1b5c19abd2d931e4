"""Make a trained model stable without labels: the training, the tests and the page."""

from mmpose_stable.stabilize.derived import plain, stabilized

__all__ = ['plain', 'stabilized']
