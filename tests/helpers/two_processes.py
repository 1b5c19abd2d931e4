"""What each of two processes does: distributed training of two models on its own batch."""

import numpy as np
import torch
import torch.distributed as dist
from mmengine.model import MMDistributedDataParallel
from mmengine.optim import OptimWrapper
from mmengine.registry import init_default_scope
from mmengine.structures import InstanceData, PixelData
from mmpose.registry import KEYPOINT_CODECS, MODELS
from mmpose.structures import PoseDataSample

import mmpose_stable  # noqa: F401  registers the package

CODEC = {'type': 'HDHeatmap', 'input_size': (64, 64), 'heatmap_size': (16, 16)}


HEAD = {
    'type': 'RCCHead',
    'in_channels': 1024,
    'out_channels': 2,
    'deconv_out_channels': (8, 8, 8),
    'loss': {'type': 'WeightedCrossEntropyLoss'},
    'decoder': CODEC,
}
RLE = {
    'type': 'RLEHead',
    'in_channels': 1024,
    'num_joints': 2,
    'loss': {'type': 'RLELoss'},
    'decoder': {'type': 'RegressionLabel', 'input_size': (64, 64)},
}
# R+H+M; and RLE, whose flow has nothing to learn from a teacher.
STUDENTS = {
    'rhm': {'head': HEAD, 'consistency': [{'type': 'MSTLoss', 'loss_weight': 10.0}]},
    'rle': {'head': RLE, 'neck': {'type': 'GlobalAveragePooling'}, 'supervised': 'none'},
}


def build_model(name, folder):
    """Return a student on a small backbone, the same in every process."""
    init_default_scope('mmpose')
    torch.manual_seed(0)
    cfg = {
        'type': 'StabilityTrainedPoseEstimator',
        'data_preprocessor': {'type': 'PoseDataPreprocessor'},
        'backbone': {'type': 'ShuffleNetV2', 'widen_factor': 0.5},
        **STUDENTS[name],
    }
    if name == 'rle':
        cfg['teacher'] = {'checkpoint': str(folder / 'teacher.pth')}
    return MODELS.build(cfg)


def batch_of(rank):
    """Return two samples of one clean and one perturbed view, other ones for each process."""
    decoder = KEYPOINT_CODECS.build(CODEC)
    rng = np.random.default_rng(rank)
    batch = {'inputs': [], 'data_samples': []}
    for _ in range(2):
        encoded = decoder.encode(rng.uniform(10, 50, (1, 2, 2)).astype(np.float32))
        sample = PoseDataSample(metainfo={'view_kinds': ('snow',), 'view_severities': (1,)})
        sample.gt_fields = PixelData(heatmaps=torch.from_numpy(encoded['heatmaps']))
        sample.gt_instance_labels = InstanceData(
            keypoint_weights=torch.from_numpy(encoded['keypoint_weights']).float()
        )
        views = rng.integers(0, 256, (2, 3, 64, 64), dtype=np.uint8)
        batch['inputs'].append(torch.from_numpy(views))
        batch['data_samples'].append(sample)
    return batch


def train(rank, folder):
    """Train for a step with a rate of 1, save the parameters of this process, train another."""
    torch.set_num_threads(1)
    dist.init_process_group('gloo', f'file://{folder}/store', world_size=2, rank=rank)
    for name in STUDENTS:
        model = build_model(name, folder)
        wrapped = MMDistributedDataParallel(model)
        optimizer = OptimWrapper(torch.optim.SGD(model.parameters(), lr=1.0))
        wrapped.train_step(batch_of(rank), optimizer)
        torch.save(dict(model.named_parameters()), folder / f'{name}_{rank}.pth')
        wrapped.train_step(batch_of(rank), optimizer)  # stops if a parameter got no gradient
    dist.destroy_process_group()
