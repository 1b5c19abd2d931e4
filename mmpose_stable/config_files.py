"""Config files as a command line names them."""

from __future__ import annotations

from pathlib import Path

from mmengine.config import Config


def config_file(given: str | Path) -> str:
    """Return the path of a config, which may be a package's.

    As ``mmpose::folder/name.py`` or, of this package, ``mmpose_stable::name.py``.

    Raises:
        ValueError: The package is not installed or has no such config.
    """
    if '::' not in str(given):
        return str(given)
    try:
        # What `_base_` is found by, so that both take the same words.
        path, _ = Config._get_cfg_path(str(given), '')
    except (OSError, ImportError, ValueError, KeyError) as error:
        raise ValueError(f'expected a config file, got {str(given)!r}: {error}') from error
    return path
