"""Each flag of the commands changes the config that the runner is built from, and only there."""

import pytest
import torch
from mmengine.config import Config
from mmengine.runner import Runner
from mmpose.registry import OPTIM_WRAPPERS

from mmpose_stable.cli.configuration import use_amp
from mmpose_stable.cli.test import main as run_test
from mmpose_stable.cli.train import main as run_train


class Built(Exception):
    """Stands for the runner: carries the config that it would be built from."""


@pytest.fixture
def config_of(repo, tmp_path, monkeypatch):
    """Return the config that a command builds its runner from."""

    def stop(cfg):
        raise Built(cfg)

    monkeypatch.setattr(Runner, 'from_cfg', stop)
    monkeypatch.setattr(torch.cuda, 'is_available', lambda: False)
    config = str(repo / 'configs' / 'demo_hands.py')

    def run(command, *words):
        with pytest.raises(Built) as stopped:
            command([config, *words, '--work-dir', str(tmp_path)])
        return stopped.value.args[0]

    return run


def test_the_seed_is_set_and_the_rest_of_the_randomness_stays(config_of):
    words = ['--cfg-options', 'randomness.deterministic=True']
    assert config_of(run_train, *words).randomness.get('seed') != 3
    assert config_of(run_train, '--seed', '3', *words).randomness == {
        **config_of(run_train, *words).randomness,
        'seed': 3,
    }


def test_training_without_validation_has_no_part_of_it(config_of):
    parts = ('val_cfg', 'val_dataloader', 'val_evaluator')
    with_validation, without = config_of(run_train), config_of(run_train, '--no-validate')
    assert all(with_validation[part] is not None for part in parts)
    assert all(without[part] is None for part in parts)


def test_the_learning_rate_is_scaled_on_request_only(config_of):
    assert not config_of(run_train).auto_scale_lr.get('enable')
    assert config_of(run_train, '--auto-scale-lr').auto_scale_lr.enable is True


def test_mixed_precision_is_on_on_request_only(config_of):
    wrapper = config_of(run_train).optim_wrapper
    assert wrapper.get('type', 'OptimWrapper') == 'OptimWrapper'
    assert config_of(run_train, '--amp').optim_wrapper.type == 'CPUAmpOptimWrapper'


def test_bad_cases_are_collected_on_request_only(config_of):
    assert not config_of(run_test, 'none.pth').default_hooks.badcase.enable
    assert config_of(run_test, 'none.pth', '--badcase').default_hooks.badcase.enable is True


def test_the_checkpoint_is_what_the_runner_loads(config_of):
    assert config_of(run_test, 'some.pth').load_from == 'some.pth'


@pytest.mark.parametrize(
    ('on_gpu', 'built'),
    [(False, 'CPUAmpOptimWrapper'), (True, 'AmpOptimWrapper')],
)
def test_mixed_precision_takes_over_a_config_that_has_settings_of_the_other_device(
    monkeypatch, on_gpu, built
):
    monkeypatch.setattr(torch.cuda, 'is_available', lambda: on_gpu)
    optimizer = {'type': 'SGD', 'lr': 0.1}
    settings = {'loss_scale': 512.0, 'dtype': 'float16', 'optimizer': optimizer}
    cfg = Config({'optim_wrapper': {'type': 'AmpOptimWrapper', **settings}})
    use_amp(cfg)
    if on_gpu:
        assert cfg.optim_wrapper == {'type': built, **settings}
        return
    assert cfg.optim_wrapper == {'type': built, 'optimizer': optimizer}
    weights = torch.nn.Linear(2, 2).parameters()
    wrapper = OPTIM_WRAPPERS.build(
        {**cfg.optim_wrapper, 'optimizer': torch.optim.SGD(weights, lr=0.1)}
    )
    assert type(wrapper).__name__ == built
