"""The check, at import, that the packages this plugin builds on are there and recent enough.

They are no install requirements of the wheel, because a plugin must not replace what a user's
environment already has, and because MMPose's own requirements no longer install everywhere.
"""

import importlib
import re

# Import name, lowest version and the command that installs it, in the order in which they import
# each other, so that the first error names the cause.
REQUIREMENTS = (
    ('torch', '1.13', 'pip install torch torchvision'),
    ('mmengine', '0.10', 'pip install "mmengine>=0.10"'),
    # Where no compiled operator is needed, the pure Python package does.
    ('mmcv', '2.0', 'pip install "mmcv-lite>=2.0"  (or full: mim install "mmcv>=2.0")'),
    # Without --no-deps, pip also builds chumpy, which nothing imports and which no longer builds.
    # MMPose 1.1 packs no fields of a plugin's codec.
    ('mmpose', '1.2', 'pip install --no-deps "mmpose>=1.2"'),
)


def release(version: str) -> tuple[int, int]:
    """Return major and minor of a version such as ``'2.14.1+cpu'`` or ``'0.10.0rc1'``."""
    major, minor = re.findall(r'\d+', version)[:2]
    return int(major), int(minor)


def check_requirement(name: str, minimum: str, install: str) -> None:
    """Import a required package and compare its version.

    Raises:
        ImportError: The package is missing, is too old, or refuses its own dependencies.
    """
    wanted = f'mmpose_stable needs {name} >= {minimum}'
    try:
        version = importlib.import_module(name).__version__
    except ModuleNotFoundError as error:
        if error.name != name:  # a dependency of the package: its own message says which
            raise
        raise ImportError(f'{wanted}, but {name} is not installed: {install}') from None
    except AssertionError as error:  # how MMPose reports an MMCV or MMEngine it does not take
        raise ImportError(f'{wanted}, but the installed {name} does not import: {error}') from error
    if release(version) < release(minimum):
        raise ImportError(f'{wanted}, but {name} {version} is installed: {install}')


def check_requirements() -> None:
    """Check every package of :data:`REQUIREMENTS`, in order."""
    for requirement in REQUIREMENTS:
        check_requirement(*requirement)
