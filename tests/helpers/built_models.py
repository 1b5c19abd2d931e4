"""Models from configs, with random weights and without a download."""

from mmengine.config import Config
from mmpose.registry import MODELS


def remove_initialisers(value):
    """Remove every ``init_cfg`` of a nested config in place, so that nothing is downloaded."""
    if isinstance(value, dict):
        value.pop('init_cfg', None)
        value = list(value.values())
    if isinstance(value, list | tuple):
        for item in value:
            remove_initialisers(item)


def build_model(cfg):
    """Build a model from its config."""
    remove_initialisers(cfg)
    return MODELS.build(cfg)


def build_from_config(file):
    """Build the model of a config file in evaluation mode, without flip test."""
    cfg = Config.fromfile(file).model
    cfg.test_cfg = {**cfg.get('test_cfg', {}), 'flip_test': False}
    return build_model(cfg).eval()
