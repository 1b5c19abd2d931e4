"""FastInferenceHook in the runner: testing agrees, training and checkpoints do not notice."""

import numpy as np
import pytest
import tiny_runs
import torch
from mmengine.runner import Runner

from mmpose_stable.engine import FastInferenceHook, fast_inference, onnx_network
from mmpose_stable.engine.cpu_amp import float32_outputs
from mmpose_stable.engine.memory_format import channels_last
from mmpose_stable.model_parts import decoder_input_size


@pytest.fixture
def runner(tmp_path, monkeypatch):
    monkeypatch.setattr(fast_inference, 'fast_bfloat16', lambda device: True)
    data = tiny_runs.write_data(tmp_path / 'data')
    cfg = tiny_runs.tiny_config(data, tmp_path / 'work')
    cfg.custom_hooks = [{'type': 'FastInferenceHook'}]
    runner = tiny_runs.lively(Runner.from_cfg(cfg))
    runner.model.eval()
    return runner


def hook_of(runner):
    (hook,) = (hook for hook in runner.hooks if isinstance(hook, FastInferenceHook))
    return hook


def predictions(runner):
    found = []
    loader = Runner.build_dataloader(runner.cfg.test_dataloader)
    for batch in loader:
        found += [sample.pred_instances for sample in runner.model.test_step(batch)]
    return (
        np.concatenate([part[key] for part in found]) for key in ('keypoints', 'keypoint_scores')
    )


def test_predictions_are_those_of_autocast_in_channels_last_and_the_model_is_put_back(runner):
    keypoints, scores = predictions(runner)
    hook_of(runner).before_test_epoch(runner)
    assert fast_inference.fast_way(runner.model) == 'bfloat16'
    fast_keypoints, fast_scores = predictions(runner)
    hook_of(runner).after_test_epoch(runner)
    model = runner.model
    with channels_last(model), torch.autocast('cpu', torch.bfloat16), float32_outputs(model):
        expected_keypoints, expected_scores = predictions(runner)
    np.testing.assert_array_equal(fast_keypoints, expected_keypoints)
    np.testing.assert_array_equal(fast_scores, expected_scores)
    assert not np.array_equal(scores, fast_scores)
    assert fast_inference.fast_way(model) is None
    keypoints_again, scores_again = predictions(runner)
    np.testing.assert_array_equal(keypoints, keypoints_again)
    np.testing.assert_array_equal(scores, scores_again)


def test_a_processor_without_bfloat16_predicts_the_same_in_onnx_runtime(tmp_path, monkeypatch):
    monkeypatch.setattr(fast_inference, 'fast_bfloat16', lambda device: False)
    data = tiny_runs.write_data(tmp_path / 'data', (2,))
    cfg = tiny_runs.tiny_config(data, tmp_path, 'simcc')
    # One stage alone: an export takes time for each operator.
    cfg.model.backbone.update(num_stages=1, strides=(2,), dilations=(1,), out_indices=(0,))
    cfg.model.head.update(in_channels=8, in_featuremap_size=(8, 8))
    runner = tiny_runs.lively(Runner.from_cfg(cfg))
    model = runner.model.eval()
    keypoints, scores = predictions(runner)
    calls = []
    with fast_inference.fast_prediction(model, decoder_input_size(model)):
        assert fast_inference.fast_way(model) == 'onnxruntime'
        monkeypatch.setattr(model.backbone, 'forward', calls.append)
        fast_keypoints, fast_scores = predictions(runner)
    assert not calls  # the network in PyTorch was left alone
    np.testing.assert_allclose(fast_keypoints, keypoints, atol=1e-2)
    np.testing.assert_allclose(fast_scores, scores, atol=1e-4)
    assert fast_inference.fast_way(model) is None


def test_a_head_that_predicts_visibility_too_stays_in_float32(tmp_path, monkeypatch):
    monkeypatch.setattr(fast_inference, 'fast_bfloat16', lambda device: True)
    data = tiny_runs.write_data(tmp_path / 'data', (2,))
    cfg = tiny_runs.tiny_config(data, tmp_path, 'vis_msra')
    model = Runner.from_cfg(cfg).model.eval()
    with fast_inference.fast_prediction(model, decoder_input_size(model)):
        assert fast_inference.fast_way(model) is None


@pytest.mark.parametrize('head', ['simcc', 'deeppose'])
def test_vectors_and_coordinates_are_not_rounded_to_bfloat16(head, tmp_path, monkeypatch):
    monkeypatch.setattr(fast_inference, 'fast_bfloat16', lambda device: True)
    data = tiny_runs.write_data(tmp_path / 'data', (2,))
    model = Runner.from_cfg(tiny_runs.tiny_config(data, tmp_path, head)).model.eval()
    inputs = torch.rand(2, 3, 64, 64)
    with fast_inference.fast_prediction(model, decoder_input_size(model)):
        assert fast_inference.fast_way(model) == 'bfloat16'
        outputs = model(inputs, None, mode='tensor')
    with torch.autocast('cpu', torch.bfloat16):
        features = model.extract_feat(inputs)
    assert features[-1].dtype == torch.bfloat16
    expected = model.head.forward([part.float() for part in features])
    torch.testing.assert_close(outputs, expected, rtol=0, atol=1e-6)


def test_a_network_that_cannot_be_exported_stays_in_pytorch(runner, monkeypatch):
    monkeypatch.setattr(fast_inference, 'fast_bfloat16', lambda device: False)

    def refused(*args, **kwargs):
        raise RuntimeError('no such operator')

    monkeypatch.setattr(onnx_network, 'trace_graph', refused)
    hook_of(runner).before_test_epoch(runner)
    assert fast_inference.fast_way(runner.model) is None
    hook_of(runner).after_test_epoch(runner)
