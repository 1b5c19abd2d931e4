"""What the runner needs beside MMEngine's own: optimizer wrappers, hooks and initialisers."""

from mmpose_stable.engine.cpu_amp import CPUAmpOptimWrapper
from mmpose_stable.engine.fast_inference import FastInferenceHook
from mmpose_stable.engine.keyed_randomness import KeyedRandomness
from mmpose_stable.engine.memory_format import ChannelsLastHook
from mmpose_stable.engine.pretrained import PretrainedIfAvailable
from mmpose_stable.engine.progress import ProgressHook
from mmpose_stable.engine.start_checkpoint import StartCheckpointHook

__all__ = [
    'CPUAmpOptimWrapper',
    'ChannelsLastHook',
    'FastInferenceHook',
    'KeyedRandomness',
    'PretrainedIfAvailable',
    'ProgressHook',
    'StartCheckpointHook',
]
