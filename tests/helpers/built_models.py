"""Models from configs, with random weights and without a download."""

from mmengine.config import Config
from mmpose.registry import MODELS


def walk(value):
    """Yield every dict inside a config, the outer ones first."""
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list | tuple):
        for part in value:
            yield from walk(part)


def build_model(cfg):
    """Build a model from its config, without a download."""
    for part in walk(cfg):
        part.pop('init_cfg', None)
    return MODELS.build(cfg)


def build_from_config(file):
    """Build the model of a config file in evaluation mode, without flip test."""
    cfg = Config.fromfile(file).model
    cfg.test_cfg = {**cfg.get('test_cfg', {}), 'flip_test': False}
    return build_model(cfg).eval()
