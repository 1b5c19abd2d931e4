"""Where packages and their configs are installed, for MMEngine without ``pkg_resources``.

MMEngine 0.10 asks ``pkg_resources`` for configs of other packages (``_base_ = 'mmpose::…'``), and
MMPose does while its inferencers are imported. From setuptools 82 on that fails; before, it warns
that the module is deprecated.
"""

from __future__ import annotations

import functools
import importlib.util
import os
import sys
from importlib import metadata

from mmengine.config import Config
from mmengine.utils import check_file_exist, package_utils


def _module_path(module: str) -> str | None:
    spec = importlib.util.find_spec(module)
    return None if spec is None or spec.origin is None else os.path.dirname(spec.origin)


def is_installed(package: str) -> bool:
    """Return whether a distribution or a module of this name is there."""
    try:
        metadata.distribution(package)
    except metadata.PackageNotFoundError:
        return _module_path(package) is not None
    return True


def get_installed_path(package: str) -> str:
    """Return the folder of a package, given by the name of its module or its distribution.

    Raises:
        ModuleNotFoundError: Neither is there, or it is a package without files of its own.
    """
    path = _module_path(package)
    if path is None and is_installed(package):  # mmcv-full, for one, installs the module mmcv
        modules = (metadata.distribution(package).read_text('top_level.txt') or package).split()
        path = _module_path(modules[0])
    if path is None:
        raise ModuleNotFoundError(f'{package} is not installed: pip install {package}')
    return path


_OWN = 'mmpose_stable::'
_CONFIGS = os.path.join(os.path.dirname(os.path.dirname(__file__)), '.mim', 'configs')


def install_own_configs() -> None:
    """Let MMEngine find ``mmpose_stable::cl_resnet50_coco.py``: it knows its own sisters alone."""
    find = Config._get_cfg_path
    if getattr(find, 'finds_own', False):
        return

    @functools.wraps(find)
    def find_own(cfg_path: str, filename: str) -> tuple[str, str | None]:
        if not cfg_path.startswith(_OWN):
            return find(cfg_path, filename)
        path = os.path.join(_CONFIGS, cfg_path.removeprefix(_OWN))
        check_file_exist(path)
        return path, None  # no scope of another package: as a base beside the config

    find_own.finds_own = True
    Config._get_cfg_path = staticmethod(find_own)


def install_package_lookup() -> None:
    """Give MMEngine the two functions above if its own need ``pkg_resources``."""
    for replacement in (is_installed, get_installed_path):
        name = replacement.__name__
        original = getattr(package_utils, name)
        if 'pkg_resources' not in original.__code__.co_names:
            continue
        for module_name, module in list(sys.modules.items()):
            in_mmengine = module_name.partition('.')[0] == 'mmengine'
            if in_mmengine and vars(module).get(name) is original:
                setattr(module, name, replacement)
