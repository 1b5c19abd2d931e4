"""What a config names: files, types, and the folder of its data."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmengine.config import Config


def replace_data_root(cfg: Config, data_root: str) -> None:
    """Move every path that starts with the config's ``data_root`` to another folder, in place."""
    old = cfg.get('data_root')
    if not old:
        raise ValueError(
            '--data-root (or `data_root` in --cfg-options) needs a config with a top-level '
            '`data_root`, this one has none'
        )
    old_folder, new_folder = (str(root).rstrip('/') + '/' for root in (old, data_root))

    def moved(value: Any) -> Any:
        if isinstance(value, str):
            if value + '/' == old_folder:
                return new_folder
            if value.startswith(old_folder):
                return new_folder + value[len(old_folder) :]
            return value
        if isinstance(value, dict):
            for key in value:
                value[key] = moved(value[key])
            return value
        if isinstance(value, list | tuple):
            return type(value)(moved(item) for item in value)
        return value

    for key in list(cfg.keys()):
        cfg[key] = moved(cfg[key])


def read_config(given: str | Path) -> Config:
    """Read the config of a model: a file, or one of a package.

    Those are named ``mmpose::folder/name.py`` or, of this package, ``mmpose_stable::name.py``.
    """
    path, reason = str(given), ''
    if '::' in path:
        try:
            # What `_base_` is found by, so that both take the same words.
            path, _ = Config._get_cfg_path(path, '')
        except (OSError, ImportError, ValueError, KeyError) as error:
            reason = f': {error}'
    if not Path(path).is_file():
        raise ValueError(f'config: expected a file, got {str(given)!r}{reason}')
    try:
        cfg = Config.fromfile(path)
    except Exception as error:  # a config is a program, which may fail in any way
        raise ValueError(
            f'the config {path} cannot be read: {type(error).__name__}: {error}'
        ) from error
    if 'model' not in cfg:
        raise ValueError(f'the config {path} has no `model`; expected one to train or to test')
    if cfg.get('default_scope') is None:
        # Configs that name classes have none, but what this package adds is named by text.
        cfg.default_scope = 'mmpose'
    return cfg


def type_name(config: Mapping[str, Any]) -> str:
    """Return the name of a config's ``type``, without the scope of its package; empty without one.

    A ``type`` is a text or, in newer configs, a class.
    """
    kind = config.get('type', '')
    return kind.rpartition('.')[2] if isinstance(kind, str) else kind.__name__
