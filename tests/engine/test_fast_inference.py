"""Fast prediction, also by its hook in the runner: it agrees, and the model is put back."""

import numpy as np
import pytest
import tiny_runs
import torch
from mmengine.runner import Runner

from mmpose_stable.engine import FastInferenceHook, fast_inference, int8, onnx_network
from mmpose_stable.engine.cpu_amp import float32_outputs
from mmpose_stable.engine.fast_inference import fast_prediction, fast_way
from mmpose_stable.engine.memory_format import channels_last


@pytest.fixture
def tiny_runner(tmp_path, monkeypatch):
    """Return a function that makes a runner on a machine with or without fast bfloat16."""

    def make(model='msra', bfloat16=True, **changes):
        monkeypatch.setattr(fast_inference, 'fast_bfloat16', lambda device: bfloat16)
        data = tiny_runs.write_data(tmp_path / 'data', (2,))
        cfg = tiny_runs.tiny_config(data, tmp_path / 'work', model)
        cfg.merge_from_dict({'model': changes})
        cfg.custom_hooks = [{'type': 'FastInferenceHook'}]
        runner = tiny_runs.lively(Runner.from_cfg(cfg))
        runner.model.eval()
        return runner

    return make


def predictions(runner):
    """Return x, y and score of all keypoints (N, K, 3) of the test."""
    found = []
    for batch in Runner.build_dataloader(runner.cfg.test_dataloader):
        for sample in runner.model.test_step(batch):
            person = sample.pred_instances
            found.append(np.dstack([person.keypoints, person.keypoint_scores]))
    return np.concatenate(found)


def test_predictions_are_those_of_autocast_in_channels_last_and_the_model_is_put_back(tiny_runner):
    runner = tiny_runner()
    model, usual = runner.model, predictions(runner)
    (hook,) = (hook for hook in runner.hooks if isinstance(hook, FastInferenceHook))
    hook.before_test_epoch(runner)
    assert fast_way(model) == 'bfloat16'
    fast = predictions(runner)
    hook.after_test_epoch(runner)
    assert fast_way(model) is None
    np.testing.assert_array_equal(predictions(runner), usual)
    with channels_last(model), torch.autocast('cpu', torch.bfloat16), float32_outputs(model):
        np.testing.assert_array_equal(fast, predictions(runner))
    assert not np.array_equal(fast[..., 2], usual[..., 2])


def test_a_processor_without_bfloat16_predicts_the_same_in_onnx_runtime(tiny_runner, monkeypatch):
    # One stage alone: an export takes time for each operator.
    stage = {'num_stages': 1, 'strides': (2,), 'dilations': (1,), 'out_indices': (0,)}
    head = {'in_channels': 8, 'in_featuremap_size': (8, 8)}
    runner = tiny_runner('simcc', bfloat16=False, backbone=stage, head=head)
    model, usual, calls = runner.model, predictions(runner), []
    with fast_prediction(model, tiny_runs.INPUT):
        assert fast_way(model) == 'onnxruntime'
        monkeypatch.setattr(model.backbone, 'forward', calls.append)
        fast = predictions(runner)
    assert not calls  # the network in PyTorch was left alone
    np.testing.assert_allclose(fast[..., :2], usual[..., :2], atol=1e-2)
    np.testing.assert_allclose(fast[..., 2], usual[..., 2], atol=1e-4)
    assert fast_way(model) is None


def test_8_bit_prediction_is_near_that_of_float32_and_says_how_near(tiny_runner, monkeypatch):
    runner, said = tiny_runner(), []
    monkeypatch.setattr(int8, 'print_log', lambda text, **_: said.append(text))
    model, usual = runner.model, predictions(runner)
    in_pixels = int8.calibration_batches(runner.cfg)
    expected = int8.input_keypoints(model, in_pixels)
    hook = FastInferenceHook(int8=True)
    hook.before_test_epoch(runner)
    assert fast_way(model) == 'int8'
    fast = predictions(runner)
    moved = np.linalg.norm(int8.input_keypoints(model, in_pixels) - expected, axis=-1)
    hook.after_test_epoch(runner)
    np.testing.assert_array_equal(predictions(runner), usual)
    assert 0 < np.abs(fast - usual)[..., 2].max() < 0.15 * np.ptp(usual[..., 2])
    assert f'keypoints are {moved.mean():.2f} px' in said[0]
    monkeypatch.setattr(int8, 'int8_network', lambda *_: 1 / 0)
    with pytest.raises(ValueError, match=r'8-bit numbers \(division by zero\); leave --int8 out'):
        int8.int8_prediction(model, in_pixels).__enter__()
    model = tiny_runner('vis_msra').model
    with pytest.raises(ValueError, match='got TopdownPoseEstimator with VisPredictHead on cpu'):
        int8.int8_prediction(model, in_pixels).__enter__()


@pytest.mark.parametrize('head', ['simcc', 'deeppose'])
def test_vectors_and_coordinates_are_not_rounded_to_bfloat16(head, tiny_runner):
    model, inputs = tiny_runner(head).model, torch.rand(2, 3, 64, 64)
    with fast_prediction(model, tiny_runs.INPUT):
        assert fast_way(model) == 'bfloat16'
        outputs = model(inputs, None, mode='tensor')
    with channels_last(model):
        with torch.autocast('cpu', torch.bfloat16):
            features = model.extract_feat(inputs)
        expected = model.head.forward([part.float() for part in features])
    assert features[-1].dtype == torch.bfloat16
    torch.testing.assert_close(outputs, expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize(('head', 'bfloat16'), [('vis_msra', True), ('msra', False)])
def test_heads_that_predict_visibility_and_networks_that_cannot_be_exported_stay_in_float32(
    head, bfloat16, tiny_runner, monkeypatch
):
    def refused(*args, **kwargs):
        raise RuntimeError('no such operator')

    monkeypatch.setattr(onnx_network, 'trace_graph', refused)
    model = tiny_runner(head, bfloat16).model
    with fast_prediction(model, tiny_runs.INPUT):
        assert fast_way(model) is None
