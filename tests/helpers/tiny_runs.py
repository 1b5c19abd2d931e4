"""A generated data set, tiny models of every head type, and robustness runs of them."""

import argparse
import itertools
import json
import os
import signal
from pathlib import Path

import cv2
import numpy as np
import torch
import torch.distributed
from annotation_files import coco_annotation, coco_document
from mmengine.config import Config
from mmengine.runner import Runner

from mmpose_stable.cli import robustness_options as cli

NAMES = ('nose', 'left_hand', 'right_hand', 'left_foot', 'right_foot')
SWAPS = ('', 'right_hand', 'left_hand', 'right_foot', 'left_foot')
PERSONS = (2, 1, 0, 3, 1)
INPUT = (64, 64)
FEW = ('--perturbations', 'saturate,speckle_noise', '--severities', '2,5')
META = {
    'dataset_name': 'tiny',
    'keypoint_info': {
        at: {'name': name, 'id': at, 'color': [0, 0, 0], 'type': '', 'swap': swap}
        for at, (name, swap) in enumerate(zip(NAMES, SWAPS, strict=True))
    },
    'skeleton_info': {},
    'joint_weights': [1.0] * len(NAMES),
    'sigmas': [0.05] * len(NAMES),
}
NORMALISE = {
    'type': 'PoseDataPreprocessor',
    'mean': [123.675, 116.28, 103.53],
    'std': [58.395, 57.12, 57.375],
    'bgr_to_rgb': True,
}


def write_data(folder: Path, persons: tuple[int, ...] = PERSONS) -> Path:
    """Write pictures and COCO annotations; some keypoints are unlabelled, some pictures empty."""
    generator = np.random.default_rng(7)
    folder.mkdir(parents=True, exist_ok=True)
    images, annotations = [], []
    for image, count in enumerate(persons):
        coarse = generator.integers(0, 256, (9, 12, 3), dtype=np.uint8)
        picture = cv2.resize(coarse, (120, 90), interpolation=cv2.INTER_CUBIC)
        cv2.imwrite(str(folder / f'{image}.png'), picture)
        images.append({'id': 10 + image, 'file_name': f'{image}.png', 'width': 120, 'height': 90})
        for _ in range(count):
            left, top = generator.uniform(0, 50, 2)
            width, height = generator.uniform(25, 40, 2)
            points = generator.uniform(0, 1, (len(NAMES), 2)) * (width, height) + (left, top)
            visible = np.full(len(NAMES), 2)
            visible[generator.integers(len(NAMES))] = 0
            keypoints, box = np.column_stack([points, visible]), (left, top, width, height)
            identity = 100 + len(annotations)
            annotations.append(coco_annotation(identity, 10 + image, keypoints, box))
    content = coco_document('person', NAMES, images, annotations)
    (folder / 'labels.json').write_text(json.dumps(content))
    return folder


def maps(kind: str, **settings) -> dict:
    """Return a codec of small heatmaps."""
    return {'type': kind, 'input_size': INPUT, 'heatmap_size': (16, 16), **settings}


_HEATMAPS = {
    'type': 'HeatmapHead',
    'in_channels': 64,
    'out_channels': len(NAMES),
    'deconv_out_channels': (16, 16, 16),
    'deconv_kernel_sizes': (4, 4, 4),
    'loss': {'type': 'KeypointMSELoss'},
}
_SIMCC = {'type': 'SimCCLabel', 'input_size': INPUT}
_VECTORS = {
    'in_channels': 64,
    'input_size': INPUT,
    'in_featuremap_size': (2, 2),
    'out_channels': len(NAMES),
    'loss': {'type': 'KLDiscretLoss'},
}
_COORDINATES = {
    'in_channels': 64,
    'num_joints': len(NAMES),
    'decoder': {'type': 'RegressionLabel', 'input_size': INPUT},
}
RESNET = {'type': 'ResNet', 'depth': 18, 'base_channels': 8, 'stem_channels': 8}
POOL = {'type': 'GlobalAveragePooling'}
_HEADS = {
    'msra': {**_HEATMAPS, 'decoder': maps('MSRAHeatmap', sigma=1)},
    'dark': {**_HEATMAPS, 'decoder': maps('MSRAHeatmap', sigma=1, unbiased=True)},
    'udp': {**_HEATMAPS, 'decoder': maps('UDPHeatmap', sigma=1)},
    'udp_combined': {
        **_HEATMAPS,
        'out_channels': 3 * len(NAMES),
        'decoder': maps('UDPHeatmap', heatmap_type='combined'),
    },
    'simcc': {'type': 'SimCCHead', **_VECTORS, 'deconv_out_channels': None, 'decoder': _SIMCC},
    'rtmpose': {'type': 'RTMCCHead', **_VECTORS, 'decoder': {**_SIMCC, 'normalize': False}},
    'deeppose': {'type': 'RegressionHead', **_COORDINATES, 'loss': {'type': 'SmoothL1Loss'}},
    'rle': {'type': 'RLEHead', **_COORDINATES, 'loss': {'type': 'RLELoss'}},
}
for _name in ('msra', 'simcc'):  # heads that predict visibility too
    _HEADS[f'vis_{_name}'] = {'type': 'VisPredictHead', 'pose_cfg': _HEADS[_name]}
# (backbone, neck, head) of every head type
MODELS = {
    name: (RESNET, POOL if name in ('deeppose', 'rle') else None, head)
    for name, head in _HEADS.items()
}

_PIXELS = {'in_channels': 16, 'num_keypoints': len(NAMES)}
_DEKR = {
    'type': 'DEKRHead',
    **_PIXELS,
    'num_heatmap_filters': 8,
    'num_displacement_filters_per_keypoint': 4,
    'decoder': maps(
        'SPR',
        heatmap_size=(8, 8),
        sigma=(2, 1),
        generate_keypoint_heatmaps=True,
        decode_max_instances=4,
    ),
}
_TAGS = {
    'type': 'AssociativeEmbeddingHead',
    **_PIXELS,
    'deconv_out_channels': None,
    'keypoint_loss': {'type': 'KeypointMSELoss'},
    'decoder': maps(
        'AssociativeEmbedding',
        heatmap_size=INPUT,
        decode_keypoint_order=[0, 1, 2, 3, 4],
        decode_topk=4,
        decode_max_instances=4,
    ),
}
# Models of whole pictures: the same, on features at an eighth of the picture's size.
WHOLE_MODELS = {
    name: ({**RESNET, 'out_indices': (1,)}, None, head)
    for name, head in (('dekr', _DEKR), ('ae', _TAGS))
}


def _use_whole_pictures(cfg: Config) -> None:
    """Change the config of a top-down test to one of a model that predicts all persons at once."""
    cfg.model.type = 'BottomupPoseEstimator'
    cfg.model.test_cfg = {'flip_test': True, 'restore_heatmap_size': True}
    frame = ('input_size', 'input_center', 'input_scale', 'flip_indices')
    keys = ('id', 'img_id', 'ori_shape', 'img_shape', *frame, 'raw_ann_info')
    cfg.test_dataloader.dataset.update(
        data_mode='bottomup',
        pipeline=[
            {'type': 'LoadImage'},
            {'type': 'BottomupResize', 'input_size': INPUT, 'resize_mode': 'expand'},
            {'type': 'PackPoseInputs', 'meta_keys': keys},
        ],
    )
    cfg.test_dataloader.batch_size = 1
    cfg.test_evaluator = [{**cfg.test_evaluator[1], 'nms_mode': 'none'}]


def tiny_config(data: Path, work: Path, model: str = 'msra', flip: bool = True) -> Config:
    """Return the config of a usual test, as a user would have it."""
    backbone, neck, head = (MODELS | WHOLE_MODELS)[model]
    flip_mode = 'udp_combined' if model == 'udp_combined' else 'heatmap'
    test_cfg = {'flip_test': flip, 'flip_mode': flip_mode, 'shift_heatmap': True}
    if neck:
        test_cfg = {'flip_test': flip, 'shift_coords': True}
    crop = {'type': 'TopdownAffine', 'input_size': INPUT, 'use_udp': model.startswith('udp')}
    dataset = {
        'type': 'BaseCocoStyleDataset',
        'data_root': f'{data}/',
        'ann_file': 'labels.json',
        'data_prefix': {'img': ''},
        'metainfo': META,
        'test_mode': True,
        'pipeline': [
            {'type': 'LoadImage'},
            {'type': 'GetBBoxCenterScale'},
            crop,
            {'type': 'PackPoseInputs'},
        ],
    }
    whole = {
        'default_scope': 'mmpose',
        'work_dir': str(work),
        'randomness': {'seed': 0},
        'log_level': 'ERROR',
        'default_hooks': {'logger': {'type': 'LoggerHook'}},
        'model': {
            'type': 'TopdownPoseEstimator',
            'data_preprocessor': NORMALISE,
            'backbone': backbone,
            **({'neck': neck} if neck else {}),
            'head': head,
            'test_cfg': test_cfg,
        },
        'test_dataloader': {
            'batch_size': 8,
            'num_workers': 0,
            'sampler': {'type': 'DefaultSampler', 'shuffle': False},
            'dataset': dataset,
        },
        'test_evaluator': [
            {'type': 'PCKAccuracy', 'thr': 0.3},
            {'type': 'CocoMetric', 'ann_file': f'{data}/labels.json'},
        ],
        'test_cfg': {},
    }
    cfg = Config(whole)
    if model in WHOLE_MODELS:
        _use_whole_pictures(cfg)
    return cfg


def write_training(folder: Path, persons: tuple[int, ...] = PERSONS) -> str:
    """Write data and the config of a training of four steps that keeps its best checkpoint."""
    cfg = tiny_config(write_data(folder / 'data', persons), folder / 'work')
    *steps, pack = cfg.test_dataloader.dataset.pipeline
    labels = {'type': 'GenerateTarget', 'encoder': cfg.model.head.decoder}
    dataset = {**cfg.test_dataloader.dataset, 'pipeline': [*steps, labels, pack]}
    dataset['test_mode'] = False
    cfg.train_dataloader = {**cfg.test_dataloader, 'batch_size': 2, 'dataset': dataset}
    cfg.train_cfg = {'type': 'IterBasedTrainLoop', 'max_iters': 4, 'val_interval': 2}
    cfg.optim_wrapper = {'optimizer': {'type': 'SGD', 'lr': 0.01}}
    cfg.val_dataloader, cfg.val_cfg = cfg.test_dataloader, {}
    cfg.test_evaluator = cfg.val_evaluator = [{'type': 'EPE'}]
    cfg.default_hooks.checkpoint = {
        'type': 'CheckpointHook',
        'interval': 2,
        'by_epoch': False,
        'save_best': 'EPE',
        'rule': 'less',
        'max_keep_ckpts': 2,
    }
    cfg.dump(folder / 'tiny.py')
    return str(folder / 'tiny.py')


def options(*words: str) -> argparse.Namespace:
    """Return parsed robustness options."""
    parser = argparse.ArgumentParser()
    cli.add_arguments(parser)
    return parser.parse_args(['--robustness', *words])


def robustness_runner(cfg: Config, *words: str, **settings) -> Runner:
    """Return a runner whose test is a robustness run; ``settings`` go to the loop."""
    cfg = cli.apply(cfg, options(*words))
    cfg.test_cfg.update({'report': False, **settings})
    return lively(Runner.from_cfg(cfg))


def lively(runner: Runner) -> Runner:
    """Give the model weights under which predictions move; fresh ones answer the same to all."""
    generator = torch.Generator().manual_seed(1)
    model = runner.model
    with torch.no_grad():
        for parameter in model.head.parameters():
            if parameter.ndim > 1:
                fan_in = parameter[0].numel()
                parameter.copy_(torch.randn(parameter.shape, generator=generator) / fan_in**0.5)
        coarse = torch.randn(16, 3, 8, 8, generator=generator)
        pictures = torch.nn.functional.interpolate(coarse, INPUT, mode='bicubic')
        for module in model.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.momentum = None
        model.train()
        model.head.forward(model.extract_feat(pictures))
        if isinstance(getattr(model.head, 'final_layer', None), torch.nn.Conv2d):
            model.head.final_layer.bias.zero_()
    return runner


def run_until_killed(data: Path, work: Path, model: str, passes: int, *words: str) -> None:
    """Run a tiny model until this process kills itself, after as many forward passes."""
    torch.set_num_threads(1)
    runner = robustness_runner(tiny_config(data, work, model), *words, chunk_size=2)
    predict, done = runner.model.test_step, itertools.count()

    def mortal(batch):
        if next(done) == passes:
            os.kill(os.getpid(), signal.SIGKILL)
        return predict(batch)

    runner.model.test_step = mortal
    runner.test()


def run_beside_another(rank: int, data: Path, work: Path, models: tuple[str, ...]) -> None:
    """Be one of two processes that run each model together, in a folder of its name."""
    torch.set_num_threads(1)
    store = f'file://{work}/store'
    torch.distributed.init_process_group('gloo', store, world_size=2, rank=rank)
    for model in models:
        cfg = tiny_config(data, work / model, model)
        robustness_runner(cfg, *FEW, chunk_size=2).test()
    torch.distributed.destroy_process_group()
