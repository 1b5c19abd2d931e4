"""Models from config files, and what is said about files that give none."""

import pytest
from mmengine.config import Config

from mmpose_stable.complexity.models import (
    ConfigError,
    build_from_config,
    mmpose_config_files,
    remove_initialisers,
)


def test_a_config_gives_its_model_ready_for_prediction(repo):
    built = build_from_config(repo / 'configs' / 'cl_resnet18_synth_hand.py')
    assert built.config == 'cl_resnet18_synth_hand'
    assert built.input_size == (128, 128)
    assert not built.model.training
    assert not built.model.test_cfg.flip_test


@pytest.mark.parametrize('test_cfg', ['None', "dict(flip_mode='heatmap')"])
def test_no_flip_test_is_counted(repo, tmp_path, test_cfg):
    path = tmp_path / 'mine.py'
    base = str(repo / 'configs' / 'demo_synth_hand.py')
    path.write_text(f'_base_ = {base!r}\nmodel = dict(test_cfg={test_cfg})\n')
    assert build_from_config(path).model.test_cfg['flip_test'] is False


def test_no_initialiser_is_left_that_could_download_weights():
    config = Config(
        {'init_cfg': 1, 'a': {'init_cfg': {'type': 'Pretrained'}, 'b': [{'init_cfg': 2, 'c': 3}]}}
    )
    remove_initialisers(config._cfg_dict)
    assert config.to_dict() == {'a': {'b': [{'c': 3}]}}


def test_the_configs_of_mmpose_are_found():
    assert all(file.is_file() for file in mmpose_config_files())


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        (None, 'expected a readable config file'),
        ('1 +', 'expected a readable config file'),
        ('codec = dict()', r"expected a config with a `model`, got \['codec'\]"),
        ("model = dict(type='NoSuchModel')", r'its `model` cannot be built.*NoSuchModel'),
        (
            "model = dict(type='TopdownPoseEstimator', backbone=dict(type='ResNet', depth=18), "
            "head=dict(type='HeatmapHead', in_channels=512, out_channels=17))",
            r'expected a top-down model whose `head\.decoder` has an `input_size`',
        ),
    ],
    ids=['missing', 'no Python', 'no model', 'an unknown type', 'no decoder'],
)
def test_a_config_without_a_pose_estimator_is_one_clear_error(text, message, tmp_path):
    file = tmp_path / 'mine.py'
    if text is not None:
        file.write_text(text)
    with pytest.raises(ConfigError, match=rf'mine\.py: {message}'):
        build_from_config(file)
