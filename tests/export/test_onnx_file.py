"""ONNX Runtime gives the keypoints of the model that was exported, from the same pixels."""

import json
import sys

import numpy as np
import onnx
import onnxruntime as runtime
import pytest
import tiny_heads
import tiny_runs
import torch
from built_models import build_from_config
from mmengine.config import Config
from mmpose.apis import inference_topdown
from mmpose.registry import MODELS
from resized import resized

from mmpose_stable.cli.export_onnx import main
from mmpose_stable.export.end_to_end import EndToEndPose
from mmpose_stable.export.onnx_file import export_onnx
from mmpose_stable.export.onnx_pose import OnnxPose
from mmpose_stable.heads.cl_head import CompositeHead

INPUT = (64, 96)
# What becomes of the sizes of input, maps and features, so that width and height differ.
OBLONG = {(64, 64): INPUT, (16, 16): (16, 24), (2, 2): (2, 3)}
# One stage of a ResNet, and what its head changes then: an export takes time for each operator.
SHALLOW = {'num_stages': 1, 'strides': (2,), 'dilations': (1,), 'out_indices': (0,)}
UPON_IT = {
    'in_channels': 8,
    'deconv_out_channels': (16,),
    'deconv_kernel_sizes': (4,),
    'in_featuremap_size': (8, 12),
}
STRIDE_8 = {**tiny_heads.MODELS['cl'][2]['decoder'], 'stride': 8}
# What is changed in the heads of tiny models.
CHANGES = {'cl': {'mid_channels': 16, 'out_channels': 64, 'decoder': STRIDE_8}}
CASES = ['cl', 'cl_stacks', 'rhm', 'rhm_stacks', 'msra', 'udp', 'simcc', 'rtmpose']


def build(case, **test_cfg):
    """A tiny model with random weights."""
    torch.manual_seed(3)
    backbone, _, head = tiny_heads.MODELS[case]
    if backbone['type'] == 'ResNet':
        backbone = {**backbone, **SHALLOW}
        head = {**head, **{key: value for key, value in UPON_IT.items() if head.get(key)}}
    cfg = {
        'type': 'TopdownPoseEstimator',
        'data_preprocessor': tiny_runs.NORMALISE,
        'backbone': backbone,
        'head': {**head, **CHANGES.get(case, {})},
        'test_cfg': {'flip_test': False, **test_cfg},
    }
    return sharpened(MODELS.build(resized(cfg, OBLONG)).eval())


def sharpened(model):
    """Let maps of random weights reach beyond the thresholds of decoders, and stand out of 0."""
    head = model.head
    with torch.no_grad():
        if hasattr(head, 'simcc_split_ratio'):
            for name, parameter in head.named_parameters():
                if name.endswith('bias'):  # the features, not one bias for all keypoints, decide
                    parameter.zero_()
            return model
        for layer in getattr(head, 'final_layers', None) or [head.final_layer]:
            layer.bias.fill_(0.4)
            layer.weight.mul_(3 if isinstance(head, CompositeHead) else 30)
    return model


def pictures(count, size=INPUT):
    """Smooth random pictures (B, 3, H, W) uint8, whose features differ as those of noise do not."""
    coarse = torch.rand(count, 3, 6, 5, generator=torch.Generator().manual_seed(0)) * 255
    fine = torch.nn.functional.interpolate(coarse, size[::-1], mode='bilinear')
    return fine.to(torch.uint8)


@torch.no_grad()
def predict(model, images):
    """Keypoints (B, K, 2) in input pixels and scores (B, K), by MMPose's own route."""
    samples = tiny_heads.samples(model.head.decoder, range(tiny_heads.K), len(images))
    found = model.test_step({'inputs': list(images), 'data_samples': samples})
    instances = [sample.pred_instances for sample in found]
    keypoints = np.concatenate([one.keypoints for one in instances])
    return keypoints, np.concatenate([one.keypoint_scores for one in instances])


def run(path, images):
    session = runtime.InferenceSession(str(path), providers=['CPUExecutionProvider'])
    return session.run(['keypoints', 'scores'], {'images': images.numpy()})


def assert_close(found, expected, bound=1e-3, bound_of_scores=1e-4):
    np.testing.assert_allclose(found[0], expected[0], atol=bound)
    np.testing.assert_allclose(found[1], expected[1], atol=bound_of_scores)


def described(path, key):
    (text,) = (entry.value for entry in onnx.load(path).metadata_props if entry.key == key)
    return json.loads(text)


@pytest.mark.parametrize('case', CASES)
def test_tensor_operations_alone_give_the_prediction(case):
    model, images = build(case), pictures(4)
    expected = predict(model, images)
    with torch.no_grad():
        ours = EndToEndPose(model)(images)
    assert len(np.unique(expected[0][..., 0])) > 4
    # A random map's maximum can be so flat that UDP's Newton step multiplies the rounding.
    assert_close(ours, expected, 2e-2 if case == 'udp' else 1e-3, 1e-5)


def test_selected_keypoints_are_named_and_a_model_on_another_device_is_exported_on_the_cpu(
    tmp_path,
):
    model, images = build('msra', output_keypoint_indices=[3, 1]), pictures(1)
    expected = predict(model, images)
    assert expected[0].shape == (1, 2, 2)
    model.dataset_meta = {'keypoint_id2name': dict(enumerate('abcde'))}
    model.data_preprocessor._device = torch.device('meta')  # as after `.to('cuda')`
    path = export_onnx(model, tmp_path / 'model.onnx')
    assert model.data_preprocessor.device.type == 'meta'
    assert_close(run(path, images), expected, bound_of_scores=1e-5)
    assert described(path, 'keypoint_names') == ['d', 'b']


# Padded by 1.25 as MMPose and rtmlib do, the crop is pixels of the picture: nothing is rounded.
BOX = (20.4, 10.6, 71.6, 87.4)


def in_pictures(case):
    """A model with the pipeline of a config, and a picture with its prediction by MMPose."""
    model = build(case)
    model.cfg = Config(resized(tiny_runs.tiny_config('', '').to_dict(), OBLONG))
    model.dataset_meta = {'dataset_name': 'five', 'num_keypoints': 5}
    picture = np.random.default_rng(1).integers(0, 256, (120, 100, 3), np.uint8)
    (sample,) = inference_topdown(model, picture, np.array([BOX]))
    found = sample.pred_instances
    return model, picture, (found.keypoints[0], found.keypoint_scores[0])


@pytest.mark.parametrize('case', ['rhm', 'cl', 'rtmpose'])
def test_the_exported_graph_gives_the_prediction_and_a_picture_and_a_box_that_of_mmpose(
    case, tmp_path
):
    model, picture, in_picture = in_pictures(case)
    images = pictures(3)
    path = export_onnx(model, tmp_path / 'model.onnx', dynamic_batch=True)
    assert [file.name for file in tmp_path.iterdir()] == ['model.onnx']
    expected = predict(model, images)
    for count in (3, 1):
        assert_close(run(path, images[:count]), [part[:count] for part in expected])
    assert_close(OnnxPose(path)(picture, BOX), in_picture, 2e-3)


def test_a_file_for_rtmlib_takes_floats_and_gives_the_vectors_that_it_decodes(tmp_path):
    with pytest.raises(ValueError, match=r'simcc_split_ratio=2\.0`, got HeatmapHead'):
        export_onnx(build('msra'), tmp_path / 'other.onnx', rtmlib=True)
    model, picture, in_picture = in_pictures('rtmpose')
    images = pictures(1)
    path = export_onnx(model, tmp_path / 'model.onnx', rtmlib=True)
    vectors = runtime.InferenceSession(str(path)).run(None, {'images': images.float().numpy()})
    assert_close(model.head.decoder.decode(*vectors), predict(model, images), 1e-3, 1e-3)
    rtmlib = pytest.importorskip('rtmlib')
    keypoints, _ = rtmlib.RTMPose(str(path), INPUT, mean=None)(picture, [BOX])
    np.testing.assert_allclose(keypoints[0], in_picture[0], atol=2e-3)


def test_the_command_writes_a_described_file_without_traces_of_the_machine(repo, tmp_path, capsys):
    config, weights = tmp_path / 'config.py', tmp_path / 'random.pth'
    config.write_text(f'_base_ = {str(repo / "configs" / "demo_hands.py")!r}\n')
    composite = sharpened(build_from_config(config))  # CLNet-ResNet18, stride 8
    torch.save({'state_dict': composite.state_dict()}, weights)
    out = tmp_path / 'hand.onnx'
    main([str(config), str(weights), '--out', str(out)])
    assert described(out, 'input_size') == [96, 96]
    assert len(described(out, 'keypoint_names')) == 21
    assert str(repo).encode() not in out.read_bytes()
    assert 'images (1, 3, 96, 96) uint8' in capsys.readouterr().out
    images = pictures(1, (96, 96))
    assert_close(run(out, images), predict(composite, images))
    small = tmp_path / 'small.onnx'
    main([str(config), str(weights), '--out', str(small), '--int8'])
    assert small.stat().st_size < 0.5 * out.stat().st_size
    assert np.median(np.abs(run(small, images)[0] - run(out, images)[0])) < 1


@pytest.mark.parametrize(
    ('name', 'found'),
    [
        ('dark', 'HeatmapHead with MSRAHeatmap'),
        ('udp_combined', 'HeatmapHead with UDPHeatmap'),
        ('deeppose', 'RegressionHead with RegressionLabel'),
    ],
)
def test_heads_and_decoders_that_are_not_supported_are_refused_by_name(name, found):
    model = tiny_heads.build(name, type='TopdownPoseEstimator')
    with pytest.raises(ValueError, match=rf'`model\.head`: CLHead .*got {found}'):
        EndToEndPose(model)


def test_missing_onnx_is_named_with_the_remedy(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, 'onnxscript', None)
    with pytest.raises(ImportError, match=r'pip install .mmpose-stable\[onnx\]'):
        export_onnx(build('msra'), tmp_path / 'model.onnx')
    assert not any(tmp_path.iterdir())
