"""Models from config files, ready to be counted and timed."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.utils import get_installed_path
from mmpose.registry import MODELS
from torch import nn

from mmpose_stable.pose_head import decoder_input_size

# Below `configs/body_2d_keypoint` of MMPose.
MMPOSE_CONFIGS = (
    'topdown_heatmap/coco/td-hm_res50_8xb64-210e_coco-256x192.py',
    'topdown_heatmap/coco/td-hm_hrnet-w32_8xb64-210e_coco-256x192.py',
    'topdown_heatmap/coco/td-hm_hourglass52_8xb32-210e_coco-256x256.py',
    'rtmpose/coco/rtmpose-m_8xb256-420e_coco-256x192.py',
)


class ConfigError(ValueError):
    """A config that does not give a top-down pose estimator."""


class BuiltModel(NamedTuple):
    """A model with random weights.

    Attributes:
        config: Name of the config file, without its ending.
        model: The pose estimator, in evaluation mode, without flip test.
        input_size: Width and height of its input in pixels.
    """

    config: str
    model: nn.Module
    input_size: tuple[int, int]


def mmpose_config_files() -> list[Path]:
    """Return the configs of MMPose that ours are compared with.

    Raises:
        ConfigError: MMPose is installed without its configs.
    """
    root = Path(get_installed_path('mmpose'))
    for folder in (root / '.mim' / 'configs', root.parent / 'configs', root / 'configs'):
        files = [folder / 'body_2d_keypoint' / name for name in MMPOSE_CONFIGS]
        if all(file.is_file() for file in files):
            return files
    raise ConfigError(
        f'MMPose in {root} has no configs beside it; install its wheel: it carries '
        '`mmpose/.mim`, or leave its networks out (--no-mmpose)'
    )


def remove_initialisers(value: Any) -> None:
    """Remove every ``init_cfg`` of a nested config in place, so that nothing is downloaded."""
    if isinstance(value, dict):
        value.pop('init_cfg', None)
        value = list(value.values())
    if isinstance(value, list | tuple):
        for item in value:
            remove_initialisers(item)


def build_from_config(file: str | Path) -> BuiltModel:
    """Build the model of a config file with random weights.

    Raises:
        ConfigError: The file is missing or cannot be read, or has no pose estimator whose head
            names the size of its input.
    """
    try:
        config = Config.fromfile(file)
    except Exception as error:  # a config is a program: anything can go wrong in it
        reason = f'{type(error).__name__}: {error}'
        raise ConfigError(f'{file}: expected a readable config file ({reason})') from error
    if 'model' not in config:
        raise ConfigError(f'{file}: expected a config with a `model`, got {sorted(config)}')
    init_default_scope(config.get('default_scope', 'mmpose'))
    remove_initialisers(config.model)
    config.model.test_cfg = {**(config.model.get('test_cfg') or {}), 'flip_test': False}
    try:
        model = MODELS.build(config.model).eval()
    except Exception as error:
        reason = f'{type(error).__name__}: {error}'
        raise ConfigError(f'{file}: its `model` cannot be built ({reason})') from error
    size = decoder_input_size(model)
    if size is None:
        raise ConfigError(
            f'{file}: expected a top-down model whose `head.decoder` has an `input_size` '
            f'(width, height), got {config.model.get("head")}'
        )
    return BuiltModel(Path(file).stem, model, size)
