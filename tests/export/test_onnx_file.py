"""ONNX Runtime gives the keypoints of the model that was exported, from the same pixels."""

import json
import sys

import numpy as np
import pytest
import torch
from built_models import build_from_config
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.structures import InstanceData
from mmpose.apis import inference_topdown
from mmpose.registry import MODELS
from mmpose.structures import PoseDataSample

from mmpose_stable.cli.export_onnx import main
from mmpose_stable.codecs.hd_heatmap import REFINEMENTS
from mmpose_stable.export.end_to_end import EndToEndPose, NotExportableError, tensor_decoder
from mmpose_stable.export.onnx_file import export_onnx
from mmpose_stable.export.onnx_pose import OnnxPose
from mmpose_stable.heads.cl_head import CompositeHead

INPUT = (64, 96)
COMPOSITE = {'type': 'CompositeLocalization', 'input_size': INPUT, 'stride': 8, 'sigma': 8}
MSRA = {'type': 'MSRAHeatmap', 'input_size': INPUT, 'heatmap_size': (16, 24), 'sigma': 1}
UDP = {**MSRA, 'type': 'UDPHeatmap', 'blur_kernel_size': 5}
HD = {'type': 'HDHeatmap', 'input_size': INPUT, 'heatmap_size': (16, 24)}
CUT = {'num_stages': 3, 'strides': (1, 2, 2), 'dilations': (1, 1, 1), 'out_indices': (2,)}
DECONVS = {
    'in_channels': 512,
    'out_channels': 5,
    'deconv_out_channels': (16, 16, 16),
    'deconv_kernel_sizes': (4, 4, 4),
}
HOURGLASS = {'type': 'CLHourglassNet', 'num_stacks': 2, 'channels': 16, 'depth': 2}
CL = {'in_channels': 256, 'num_keypoints': 5, 'mid_channels': 16, 'out_channels': 64}
VECTORS = {
    'in_channels': 512,
    'out_channels': 5,
    'input_size': INPUT,
    'in_featuremap_size': (2, 3),
    'simcc_split_ratio': 2.0,
    'decoder': {'type': 'SimCCLabel', 'input_size': INPUT, 'simcc_split_ratio': 2.0},
}
HEADS = {
    'composite, stride 8': {'type': 'CLHead', **CL, 'num_deconvs': 1, 'decoder': COMPOSITE},
    'RCC and HDHR': {
        'type': 'RCCHead',
        **DECONVS,
        'loss': {'type': 'WeightedCrossEntropyLoss'},
        'decoder': HD,
    },
    **{
        f'RCC and HDHR, refine {refine}': {
            'type': 'RCCHead',
            **DECONVS,
            'loss': {'type': 'WeightedCrossEntropyLoss'},
            'decoder': {**HD, 'refine': refine},
        }
        for refine in REFINEMENTS
    },
    'RCC and HDHR, a stack': {
        'type': 'StackedRCCHead',
        'num_stages': 1,
        **DECONVS,
        'loss': {'type': 'WeightedCrossEntropyLoss'},
        'decoder': HD,
    },
    'composite, 2 stacks': {
        'type': 'CLHourglassHead',
        'in_channels': 16,
        'num_keypoints': 5,
        'num_stacks': 2,
        'decoder': COMPOSITE,
    },
    'RCC and HDHR, 2 stacks': {
        'type': 'StackedRCCHead',
        'num_stages': 2,
        'in_channels': 16,
        'out_channels': 5,
        'deconv_out_channels': None,
        'final_layer': {'kernel_size': 1},
        'loss': {'type': 'WeightedCrossEntropyLoss'},
        'decoder': HD,
    },
    'RCC and MSRA': {'type': 'RCCHead', **DECONVS, 'decoder': MSRA},
    'MSRA': {'type': 'HeatmapHead', **DECONVS, 'decoder': MSRA},
    'UDP': {'type': 'HeatmapHead', **DECONVS, 'decoder': UDP},
    'SimCC': {
        'type': 'SimCCHead',
        **VECTORS,
        'deconv_out_channels': None,
        'loss': {'type': 'KLDiscretLoss'},
    },
    'RTMPose': {
        'type': 'RTMCCHead',
        **VECTORS,
        'gau_cfg': {
            **{'hidden_dims': 16, 's': 8, 'expansion_factor': 2, 'dropout_rate': 0.0},
            **{'drop_path': 0.0, 'act_fn': 'SiLU', 'use_rel_bias': False, 'pos_enc': False},
        },
        'loss': {'type': 'KLDiscretLoss'},
    },
}


def build(head, **changes):
    """A ResNet-18, or an hourglass for a head of two stacks, with random weights."""
    init_default_scope('mmpose')
    torch.manual_seed(3)
    backbone = {'type': 'ResNet', 'depth': 18, **(CUT if 'CL' in head['type'] else {})}
    if 2 in (head.get('num_stacks'), head.get('num_stages')):
        backbone = {**HOURGLASS, 'stride': 8 if 'CL' in head['type'] else 4}
    model = MODELS.build(
        {
            'type': 'TopdownPoseEstimator',
            'data_preprocessor': {
                'type': 'PoseDataPreprocessor',
                'mean': [123.675, 116.28, 103.53],
                'std': [58.395, 57.12, 57.375],
                'bgr_to_rgb': True,
            },
            'backbone': backbone,
            'head': dict(head),
            'test_cfg': {'flip_test': False},
            **changes,
        }
    )
    return sharpened(model.eval())


def sharpened(model):
    """Let maps of random weights reach beyond the thresholds of decoders, and stand out of 0."""
    head = model.head
    if hasattr(head, 'simcc_split_ratio'):
        with torch.no_grad():  # the features, not one bias for all keypoints, decide
            for name, parameter in head.named_parameters():
                if name.endswith('bias'):
                    parameter.zero_()
        return model
    stacks = getattr(head, 'final_layers', None) or getattr(head, 'multi_final_layers', None)
    with torch.no_grad():
        for layer in stacks or [head.final_layer]:
            layer.bias.fill_(0.4)
            layer.weight.mul_(3 if isinstance(head, CompositeHead) else 30)
    return model


def pictures(count, size=INPUT):
    """Smooth random pictures (B, 3, H, W) uint8, whose features differ as those of noise do not."""
    coarse = torch.rand(count, 3, 6, 5, generator=torch.Generator().manual_seed(0)) * 255
    fine = torch.nn.functional.interpolate(coarse, size[::-1], mode='bilinear')
    return fine.to(torch.uint8)


def predict(model, images):
    """Keypoints (B, K, 2) in input pixels and scores (B, K), by MMPose's own route."""
    samples = []
    for _ in images:
        size = np.array(images.shape[:1:-1], np.float32)
        sample = PoseDataSample(
            metainfo={'input_center': size / 2, 'input_scale': size, 'input_size': size}
        )
        sample.gt_instances = InstanceData(bboxes=np.zeros((1, 4)), bbox_scores=np.ones(1))
        samples.append(sample)
    with torch.no_grad():
        found = model.test_step({'inputs': list(images), 'data_samples': samples})
    instances = [sample.pred_instances for sample in found]
    return (
        np.concatenate([one.keypoints for one in instances]),
        np.concatenate([one.keypoint_scores for one in instances]),
    )


def run(path, images):
    runtime = pytest.importorskip('onnxruntime')
    session = runtime.InferenceSession(str(path), providers=['CPUExecutionProvider'])
    return session.run(['keypoints', 'scores'], {'images': images.numpy()})


@pytest.mark.parametrize('name', HEADS)
def test_tensor_operations_alone_give_the_prediction(name):
    model, images = build(HEADS[name]), pictures(4)
    keypoints, scores = predict(model, images)
    with torch.no_grad():
        ours = EndToEndPose(model)(images)
    assert len(np.unique(keypoints[..., 0])) > 4
    # A random map's maximum can be so flat that UDP's Newton step multiplies the rounding.
    bound = 2e-2 if name == 'UDP' else 1e-3
    np.testing.assert_allclose(ours[0].numpy(), keypoints, atol=bound)
    np.testing.assert_allclose(ours[1].numpy(), scores, atol=1e-5)


def test_selected_keypoints_are_named_and_a_model_on_another_device_is_exported_on_the_cpu(
    tmp_path,
):
    onnx = pytest.importorskip('onnx')
    pytest.importorskip('onnxscript')
    test_cfg = {'flip_test': False, 'output_keypoint_indices': [3, 1]}
    model, images = build(HEADS['MSRA'], test_cfg=test_cfg), pictures(1)
    keypoints, scores = predict(model, images)
    assert keypoints.shape == (1, 2, 2)
    model.dataset_meta = {'keypoint_id2name': dict(enumerate('abcde'))}
    model.data_preprocessor._device = torch.device('meta')  # as after `.to('cuda')`
    path = export_onnx(model, tmp_path / 'model.onnx')
    found = run(path, images)
    np.testing.assert_allclose(found[0], keypoints, atol=1e-3)
    np.testing.assert_allclose(found[1], scores, atol=1e-5)
    described = {entry.key: entry.value for entry in onnx.load(path).metadata_props}
    assert json.loads(described['keypoint_names']) == ['d', 'b']


def test_a_file_for_rtmlib_takes_floats_and_gives_vectors(tmp_path):
    pytest.importorskip('onnxscript')
    runtime = pytest.importorskip('onnxruntime')
    model, images = build(HEADS['SimCC']), pictures(1)
    path = export_onnx(model, tmp_path / 'model.onnx', rtmlib=True)
    vectors = runtime.InferenceSession(str(path)).run(None, {'images': images.float().numpy()})
    keypoints, scores = model.head.decoder.decode(*vectors)
    expected = predict(model, images)
    np.testing.assert_allclose(keypoints, expected[0], atol=1e-3)
    np.testing.assert_allclose(scores, expected[1], atol=1e-4)
    with pytest.raises(NotExportableError, match=r'simcc_split_ratio=2\.0`, got HeatmapHead'):
        export_onnx(build(HEADS['MSRA']), tmp_path / 'other.onnx', rtmlib=True)


# Padded by 1.25 as MMPose and rtmlib do, the crop is pixels of the picture: nothing is rounded.
BOX = (20.4, 10.6, 71.6, 87.4)


def in_pictures(head):
    """A model with the pipeline of a config, and a picture with its keypoints by MMPose."""
    model = build(HEADS[head]).eval()
    steps = [
        {'type': 'LoadImage'},
        {'type': 'GetBBoxCenterScale'},
        {'type': 'TopdownAffine', 'input_size': INPUT},
        {'type': 'PackPoseInputs'},
    ]
    model.cfg = Config(
        {'default_scope': 'mmpose', 'test_dataloader': {'dataset': {'pipeline': steps}}}
    )
    model.dataset_meta = {'dataset_name': 'five', 'num_keypoints': 5}
    picture = np.random.default_rng(1).integers(0, 256, (120, 100, 3), np.uint8)
    (found,) = inference_topdown(model, picture, np.array([BOX]))
    return model, picture, found.pred_instances


@pytest.mark.parametrize('name', ['RCC and HDHR', 'MSRA', 'composite, 2 stacks', 'RTMPose'])
def test_the_exported_graph_gives_the_prediction_and_a_picture_and_a_box_that_of_mmpose(
    name, tmp_path
):
    pytest.importorskip('onnxscript')
    model, picture, in_picture = in_pictures(name)
    images = pictures(3)
    dynamic = name != 'MSRA'
    count = 3 if dynamic else 1
    path = export_onnx(model, tmp_path / 'model.onnx', batch_size=count, dynamic_batch=dynamic)
    assert [file.name for file in tmp_path.iterdir()] == ['model.onnx']
    expected = predict(model, images)
    for count in (3, 1) if dynamic else (1,):
        found = run(path, images[:count])
        np.testing.assert_allclose(found[0], expected[0][:count], atol=1e-3)
        np.testing.assert_allclose(found[1], expected[1][:count], atol=1e-4)
    keypoints, scores = OnnxPose(path)(picture, BOX)
    np.testing.assert_allclose(keypoints, in_picture.keypoints[0], atol=2e-3)
    np.testing.assert_allclose(scores, in_picture.keypoint_scores[0], atol=1e-4)


def test_rtmlib_finds_the_keypoints_of_inference_topdown(tmp_path):
    pytest.importorskip('onnxscript')
    rtmlib = pytest.importorskip('rtmlib')
    model, picture, expected = in_pictures('RTMPose')
    path = export_onnx(model, tmp_path / 'model.onnx', rtmlib=True)
    keypoints, _ = rtmlib.RTMPose(str(path), INPUT, mean=None)(picture, [BOX])
    np.testing.assert_allclose(keypoints, expected.keypoints, atol=2e-3)


def test_a_stability_trained_estimator_exports_as_the_plain_one(tmp_path):
    pytest.importorskip('onnxscript')
    plain, images = build(HEADS['RCC and HDHR']), pictures(2)
    views = {
        'type': 'StabilityTrainedPoseEstimator',
        'consistency': [{'type': 'MSTLoss', 'loss_weight': 1.0}],
    }
    trained = build(HEADS['RCC and HDHR'], **views)
    trained.load_state_dict(plain.state_dict())
    keypoints, scores = predict(trained, images)
    np.testing.assert_array_equal(keypoints, predict(plain, images)[0])
    found = run(export_onnx(trained, tmp_path / 'model.onnx', batch_size=2), images)
    np.testing.assert_allclose(found[0], keypoints, atol=1e-3)
    np.testing.assert_allclose(found[1], scores, atol=1e-4)


def test_the_command_writes_a_described_file_without_traces_of_the_machine(repo, tmp_path, capsys):
    onnx = pytest.importorskip('onnx')
    config, weights = tmp_path / 'config.py', tmp_path / 'random.pth'
    config.write_text(f'_base_ = {str(repo / "configs" / "demo_hands.py")!r}\n')
    composite = build_from_config(config)  # CLNet-ResNet18, stride 8
    sharpened(composite.model)
    torch.save({'state_dict': composite.model.state_dict()}, weights)
    out = tmp_path / 'hand.onnx'
    main([str(config), str(weights), '--out', str(out)])

    graph = onnx.load(out)
    described = {entry.key: entry.value for entry in graph.metadata_props}
    assert json.loads(described['input_size']) == [96, 96]
    assert len(json.loads(described['keypoint_names'])) == 21
    assert [opset.version for opset in graph.opset_import if not opset.domain] == [18]
    assert str(repo).encode() not in out.read_bytes()
    printed = capsys.readouterr().out
    assert 'images (1, 3, 96, 96) uint8' in printed
    images = pictures(1, composite.input_size)
    found, expected = run(out, images), predict(composite.model, images)
    np.testing.assert_allclose(found[0], expected[0], atol=1e-3)
    np.testing.assert_allclose(found[1], expected[1], atol=1e-4)
    assert float(printed.rsplit(': ', 1)[1].split()[0]) < 1e-3


@pytest.mark.parametrize(
    'decoder',
    [{**MSRA, 'unbiased': True}, {**UDP, 'heatmap_type': 'combined'}],
    ids=['DARK', 'combined UDP'],
)
def test_a_decoder_that_is_not_supported_is_refused_by_name(decoder):
    head = {**HEADS['MSRA'], 'decoder': decoder}
    if decoder.get('heatmap_type') == 'combined':
        head['loss'] = {'type': 'CombinedTargetMSELoss', 'use_target_weight': True}
    with pytest.raises(NotExportableError, match=r'`model\.head`: CLHead .*got HeatmapHead with'):
        tensor_decoder(build(head).head)


def test_another_head_is_refused_by_name(tmp_path):
    head = {'type': 'RegressionHead', 'in_channels': 512, 'num_joints': 5}
    head['decoder'] = {'type': 'RegressionLabel', 'input_size': INPUT}
    with pytest.raises(NotExportableError, match='got RegressionHead with RegressionLabel'):
        tensor_decoder(MODELS.build(head))


def test_missing_onnx_is_named_with_the_remedy(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, 'onnxscript', None)
    with pytest.raises(ImportError, match=r'pip install .mmpose-stable\[onnx\]'):
        export_onnx(build(HEADS['MSRA']), tmp_path / 'model.onnx')
    assert not any(tmp_path.iterdir())


def test_a_failed_export_leaves_the_file_and_the_model_as_they_were(monkeypatch, tmp_path):
    pytest.importorskip('onnxscript')
    model = build(HEADS['MSRA']).train()
    path = tmp_path / 'model.onnx'
    path.write_bytes(b'before')

    def fail(*_, **__):
        raise RuntimeError('no')

    monkeypatch.setattr(torch.onnx, 'export', fail)
    with pytest.raises(RuntimeError, match='no'):
        export_onnx(model, path)
    assert path.read_bytes() == b'before'
    assert model.training
