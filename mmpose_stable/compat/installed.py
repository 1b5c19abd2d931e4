"""Where packages and their configs are installed, for MMEngine without ``pkg_resources``.

MMEngine 0.10 asks ``pkg_resources`` for configs of other packages (``_base_ = 'mmpose::…'``), and
MMPose does while its inferencers are imported. From setuptools 82 on that fails; before, it warns
that the module is deprecated.
"""

import os
import sys
from importlib import metadata
from importlib.util import find_spec

from mmengine.config import Config
from mmengine.utils import check_file_exist, package_utils

_OWN = 'mmpose_stable::'
_CONFIGS = os.path.join(os.path.dirname(os.path.dirname(__file__)), '.mim', 'configs')


def _folder(package: str) -> str | None:
    spec = find_spec(package)
    if spec is None:
        try:  # mmcv-full, for one, installs the module mmcv
            modules = metadata.distribution(package).read_text('top_level.txt') or package
        except metadata.PackageNotFoundError:
            return None
        spec = find_spec(modules.split()[0])
    return None if spec is None or spec.origin is None else os.path.dirname(spec.origin)


def is_installed(package: str) -> bool:
    """Return whether a module or a distribution of this name is there."""
    return _folder(package) is not None


def get_installed_path(package: str) -> str:
    """Return the folder of a package, given by the name of its module or its distribution.

    Raises:
        ModuleNotFoundError: Neither is there, or it is a package without files of its own.
    """
    path = _folder(package)
    if path is None:
        raise ModuleNotFoundError(f'{package} is not installed: pip install {package}')
    return path


def install_package_lookup() -> None:
    """Give MMEngine, in all of its modules, the two functions above."""
    for replacement in (is_installed, get_installed_path):
        name = replacement.__name__
        original = getattr(package_utils, name)
        for module_name, module in list(sys.modules.items()):
            if module_name.startswith('mmengine') and vars(module).get(name) is original:
                setattr(module, name, replacement)


def install_own_configs() -> None:
    """Let MMEngine find ``mmpose_stable::cl_resnet50_coco.py``: it knows its own sisters alone."""
    find = Config._get_cfg_path

    def find_own(cfg_path: str, filename: str) -> tuple[str, str | None]:
        if not cfg_path.startswith(_OWN):
            return find(cfg_path, filename)
        path = os.path.join(_CONFIGS, cfg_path.removeprefix(_OWN))
        check_file_exist(path)
        return path, None  # no scope of another package: as a base beside the config

    Config._get_cfg_path = staticmethod(find_own)
