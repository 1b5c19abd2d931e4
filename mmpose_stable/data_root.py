"""Where a config looks for its data."""

from __future__ import annotations

from typing import Any

from mmengine.config import Config


def replace_data_root(cfg: Config, data_root: str) -> None:
    """Move every path that starts with the config's ``data_root`` to another folder, in place.

    Raises:
        ValueError: The config names no ``data_root``.
    """
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
