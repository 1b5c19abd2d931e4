"""MMPose's own estimators build their parts in the default scope, which a runner would set."""

import pytest
from mmengine.registry import init_default_scope

import mmpose_stable.estimators  # noqa: F401


@pytest.fixture(autouse=True, scope='module')
def _mmpose_scope() -> None:
    init_default_scope('mmpose')
