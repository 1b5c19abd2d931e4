"""Models in use: faster prediction with the same results."""

from mmpose_stable.deploy.fast_inference import FastInferenceHook, accelerate

__all__ = ['FastInferenceHook', 'accelerate']
