"""FastInferenceHook in the runner: testing agrees, training and checkpoints do not notice."""

import numpy as np
import pytest
import tiny_runs
from mmengine.runner import Runner

from mmpose_stable.engine import fast_inference


@pytest.fixture
def runner(tmp_path, monkeypatch):
    monkeypatch.setattr(fast_inference, 'fast_bfloat16', lambda: True)
    data = tiny_runs.write_data(tmp_path / 'data')
    cfg = tiny_runs.tiny_config(data, tmp_path / 'work')
    cfg.custom_hooks = [{'type': 'FastInferenceHook'}]
    return tiny_runs.lively(Runner.from_cfg(cfg))


def predictions(runner):
    found = []
    loader = Runner.build_dataloader(runner.cfg.test_dataloader)
    for batch in loader:
        found += [sample.pred_instances for sample in runner.model.test_step(batch)]
    return (np.concatenate([part[key] for part in found]) for key in ('keypoints', 'keypoint_scores'))


def test_predictions_are_those_of_float32_up_to_rounding(runner):
    keypoints, scores = predictions(runner)
    runner.call_hook('before_test_epoch')
    assert fast_inference.is_fast(runner.model)
    fast_keypoints, fast_scores = predictions(runner)
    runner.call_hook('after_test_epoch', metrics={})
    assert 0 < abs(scores - fast_scores).max() < 2e-2 * abs(scores).max()
    assert np.median(abs(keypoints - fast_keypoints)) < 0.5


def test_the_model_is_put_back(runner):
    before = {name: value.clone() for name, value in runner.model.state_dict().items()}
    keypoints, scores = predictions(runner)
    runner.test()
    assert not fast_inference.is_fast(runner.model)
    assert all((before[name] == value).all() for name, value in runner.model.state_dict().items())
    again, scores_again = predictions(runner)
    np.testing.assert_array_equal(keypoints, again)
    np.testing.assert_array_equal(scores, scores_again)


def test_a_processor_without_bfloat16_stays_in_float32(runner, monkeypatch):
    monkeypatch.setattr(fast_inference, 'fast_bfloat16', lambda: False)
    runner.call_hook('before_test_epoch')
    assert not fast_inference.is_fast(runner.model)
    runner.call_hook('after_test_epoch', metrics={})
