"""One generated data set for all robustness runs."""

import pytest
import tiny_runs
from built_models import one_thread


@pytest.fixture(name='one_thread')
def on_one_thread():
    """Sum in the order in which processes of a distributed run do."""
    with one_thread():
        yield


@pytest.fixture(scope='session')
def tiny_data(tmp_path_factory):
    """Seven persons in four of five small pictures."""
    return tiny_runs.write_data(tmp_path_factory.mktemp('tiny') / 'data')
