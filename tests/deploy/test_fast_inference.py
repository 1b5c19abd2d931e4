"""Accelerated models give the results of the models they were made of."""

import copy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.hooks import EMAHook
from mmengine.registry import init_default_scope
from mmengine.runner import get_priority
from mmengine.utils import get_installed_path
from mmpose.datasets.transforms import TopdownAffine
from mmpose.registry import MODELS
from mmpose.testing import get_packed_inputs
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from mmpose_stable.complexity.models import build_from_config, remove_initialisers
from mmpose_stable.deploy import FastInferenceHook, accelerate
from mmpose_stable.deploy.packed_conv import PackedConv2d, packing_works
from mmpose_stable.deploy.winograd import WinogradConv2d
from mmpose_stable.engine.tensor_trees import tensors_in

INPUT = (96, 128)
HEATMAP = {'type': 'MSRAHeatmap', 'input_size': INPUT, 'heatmap_size': (24, 32), 'sigma': 2}
COMPOSITE = {'type': 'CompositeLocalization', 'input_size': INPUT, 'stride': 16}
RESNET = {'type': 'ResNet', 'depth': 18}
CUT = {'num_stages': 3, 'strides': (1, 2, 2), 'dilations': (1, 1, 1), 'out_indices': (2,)}
MODELS_HERE = {
    'SimpleBaseline': (
        RESNET,
        {'type': 'HeatmapHead', 'in_channels': 512, 'out_channels': 17, 'decoder': HEATMAP},
    ),
    'CLNet-ResNet': (
        {**RESNET, **CUT},
        {'type': 'CLHead', 'in_channels': 256, 'num_keypoints': 17, 'decoder': COMPOSITE},
    ),
    'CLNet-ResNet, stride 8': (
        {**RESNET, **CUT},
        {
            'type': 'CLHead',
            'in_channels': 256,
            'num_keypoints': 17,
            'num_deconvs': 1,
            'decoder': {**COMPOSITE, 'stride': 8},
        },
    ),
    'CLNet-Hourglass': (
        {'type': 'CLHourglassNet', 'num_stacks': 2, 'stride': 16},
        {
            'type': 'CLHourglassHead',
            'in_channels': 256,
            'num_stacks': 2,
            'num_keypoints': 17,
            'decoder': COMPOSITE,
        },
    ),
}
MMPOSE = {
    'HRNet': 'topdown_heatmap/coco/td-hm_hrnet-w32_8xb64-210e_coco-256x192.py',
    'RTMPose': 'rtmpose/coco/rtmpose-s_8xb256-420e_coco-256x192.py',
}


def disturb_norms(model):
    """Give every normalisation statistics and weights of its own, as training would."""
    generator = torch.Generator().manual_seed(1)
    for norm in model.modules():
        if isinstance(norm, _BatchNorm):
            for values, low, high in (
                (norm.running_mean, -0.3, 0.3),
                (norm.running_var, 0.5, 2),
                (norm.weight.data, 0.5, 1.5),
                (norm.bias.data, -0.3, 0.3),
            ):
                values.uniform_(low, high, generator=generator)
    return model


def build(name):
    init_default_scope('mmpose')
    if name in MMPOSE:
        folder = Path(get_installed_path('mmpose')) / '.mim' / 'configs' / 'body_2d_keypoint'
        config = Config.fromfile(folder / MMPOSE[name]).model
        remove_initialisers(config)
    else:
        backbone, head = copy.deepcopy(MODELS_HERE[name])
        config = {
            'type': 'TopdownPoseEstimator',
            'data_preprocessor': {'type': 'PoseDataPreprocessor'},
            'backbone': backbone,
            'head': head,
        }
    config['test_cfg'] = {'flip_test': True, 'output_heatmaps': name != 'RTMPose'}
    if name in ('SimpleBaseline', 'HRNet'):
        config['test_cfg']['flip_mode'] = 'heatmap'
    model = disturb_norms(MODELS.build(config)).eval()
    return with_trained_scale(model) if name.startswith('CLNet') else model


def with_trained_scale(model):
    """Scale the composite maps to at most 1, as trained ones are.

    Random offsets of a hundred strides would throw keypoints a thousand pixels away, where float32
    itself does not resolve the thousandth of a pixel that is asked for.
    """
    with torch.no_grad():
        images = torch.randn(2, 3, *INPUT[::-1], generator=torch.Generator().manual_seed(3))
        largest = max(maps.abs().max() for maps in tensors_in(model(images, None, mode='tensor')))
        for name, parameter in model.head.named_parameters():
            if name.startswith('final_layer'):
                parameter /= largest
    return model


def make_batch(model):
    """Return two noise images, packed."""
    size = model.head.decoder.input_size
    np.random.seed(0)  # noqa: NPY002 (MMPose draws the flip pairs from it)
    data = get_packed_inputs(2, img_shape=size[::-1], input_size=size, with_heatmap=False)
    generator = torch.Generator().manual_seed(2)
    data['inputs'] = [
        torch.randint(0, 256, (3, size[1], size[0]), generator=generator, dtype=torch.uint8)
        for _ in data['inputs']
    ]
    return data


def predict(model, batch):
    with torch.no_grad():
        return model.test_step(copy.deepcopy(batch))


@pytest.mark.parametrize('name', [*MODELS_HERE, *MMPOSE])
def test_predictions_stay_within_rounding_and_no_normalisation_is_left(name):
    model = build(name)
    batch = make_batch(model)
    before = predict(model, batch)
    assert accelerate(model) is model
    after = predict(model, batch)
    assert not any(isinstance(module, _BatchNorm) for module in model.modules())
    for old, new in zip(before, after, strict=True):
        moved = old.pred_instances.keypoints - new.pred_instances.keypoints
        assert abs(moved).max() < 1e-3
        change = old.pred_instances.keypoint_scores - new.pred_instances.keypoint_scores
        assert abs(change).max() < 1e-4 * abs(old.pred_instances.keypoint_scores).max()
        if 'pred_fields' in old:
            maps, others = old.pred_fields.heatmaps, new.pred_fields.heatmaps
            assert (maps - others).abs().max() < 1e-4 * maps.abs().max()


@pytest.mark.parametrize('option', ['winograd', 'channels_last', 'pack', 'keep_memory'])
def test_each_step_can_be_left_out(option):
    model = build('CLNet-ResNet')
    batch = make_batch(model)
    before = predict(model, batch)
    accelerate(model, **{option: False})
    weights = [m.weight for m in model.modules() if isinstance(m, nn.Conv2d)]
    last = all(w.is_contiguous(memory_format=torch.channels_last) for w in weights)
    assert last == (option != 'channels_last')
    fast = any(isinstance(module, WinogradConv2d) for module in model.modules())
    assert fast == (option != 'winograd')
    packed = any(isinstance(module, PackedConv2d) for module in model.modules())
    assert packed == (packing_works() and option not in ('pack', 'channels_last'))
    for old, new in zip(before, predict(model, batch), strict=True):
        assert abs(old.pred_instances.keypoints - new.pred_instances.keypoints).max() < 1e-3


def test_a_model_in_training_mode_is_refused():
    model = build('CLNet-ResNet')
    model.head.train()
    with pytest.raises(ValueError, match=r'evaluation mode.*model\.eval\(\)'):
        accelerate(model)
    assert any(isinstance(module, _BatchNorm) for module in model.modules())


def test_a_head_without_a_decoder_needs_the_size_named():
    model = build('SimpleBaseline')
    model.head.decoder = None
    with pytest.raises(ValueError, match=r'`input_size` \(width, height\)'):
        accelerate(model)
    accelerate(model, input_size=INPUT)
    assert not any(isinstance(module, _BatchNorm) for module in model.modules())


def test_a_model_that_came_out_different_is_refused(monkeypatch):
    def fuse_wrongly(model, inputs):
        model.head.final_layer.weight.data[0] += 1
        return 0

    monkeypatch.setattr('mmpose_stable.deploy.fast_inference.fuse_conv_bn', fuse_wrongly)
    with pytest.raises(RuntimeError, match='acceleration changed an output'):
        accelerate(build('CLNet-ResNet'))


def test_a_config_file_of_ours_is_accelerated(repo):
    built = build_from_config(repo / 'configs' / 'cl_resnet18_coco.py')
    image = torch.randn(1, 3, *built.input_size[::-1])
    with torch.no_grad():
        before = tensors_in(built.model(image, None, mode='tensor'))
        after = tensors_in(accelerate(built.model)(image, None, mode='tensor'))
    torch.testing.assert_close(after, before, rtol=1e-4, atol=1e-5)


def test_the_hook_tests_a_copy_and_puts_the_model_back():
    model = build('CLNet-ResNet').train()
    state = copy.deepcopy(model.state_dict())
    runner, hook = SimpleNamespace(model=model), FastInferenceHook(keep_memory=False)
    hook.before_test_epoch(runner)
    assert runner.model is not model
    assert not any(isinstance(module, _BatchNorm) for module in runner.model.modules())
    runner.model.eval()
    hook.after_test_epoch(runner, metrics={})
    assert runner.model is model
    assert model.training
    for name, value in model.state_dict().items():
        assert torch.equal(value, state[name])


def test_the_copy_is_made_of_the_averaged_weights():
    model = build('CLNet-ResNet')
    runner = SimpleNamespace(model=model)
    average = EMAHook()
    average.before_run(runner)
    bias = model.head.final_layer.bias
    averaged = bias.detach().clone()
    bias.data += 1
    hooks = [FastInferenceHook(keep_memory=False), average]
    for hook in sorted(hooks, key=lambda hook: get_priority(hook.priority)):
        hook.before_test_epoch(runner)
    assert torch.equal(runner.model.head.final_layer.bias, averaged)
    for hook in sorted(hooks, key=lambda hook: get_priority(hook.priority)):
        hook.after_test_epoch(runner)
    assert runner.model is model
    assert torch.equal(bias, averaged + 1)


def test_a_codec_without_a_size_leaves_it_to_the_test_pipeline():
    model = build('CLNet-ResNet')
    del model.head.decoder.input_size
    steps = [TopdownAffine((64, 96))]
    dataset = SimpleNamespace(pipeline=SimpleNamespace(transforms=steps))
    runner = SimpleNamespace(model=model, test_dataloader=SimpleNamespace(dataset=dataset))
    FastInferenceHook(keep_memory=False).before_test_epoch(runner)
    assert runner.model is not model
    steps.clear()
    runner.model = model
    with pytest.raises(ValueError, match='needs `input_size`'):
        FastInferenceHook(keep_memory=False).before_test_epoch(runner)
