"""What MMPose needs to import and load checkpoints today; real packages stay untouched."""

import os

from mmpose_stable.compat.requirements import check_requirements

__all__ = ['install']


def install() -> None:
    """Check the stack, then put in what the installed versions lack."""
    check_requirements()
    # Albumentations, which MMPose imports, otherwise asks PyPI at every start for a newer version.
    os.environ.setdefault('NO_ALBUMENTATIONS_UPDATE', '1')
    # Imported only now: these modules need what has just been checked.
    from mmpose_stable.compat.checkpoints import install_safe_loading
    from mmpose_stable.compat.installed import install_own_configs, install_package_lookup
    from mmpose_stable.compat.stand_ins import import_mmpose_models

    install_package_lookup()
    install_own_configs()
    install_safe_loading()
    import_mmpose_models()
