"""One generated data set for all robustness runs."""

import pytest
import tiny_runs
import torch


@pytest.fixture
def one_thread():
    """Sum in the order in which processes of a distributed run do."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope='session')
def tiny_data(tmp_path_factory):
    """Seven persons in four of five small pictures."""
    return tiny_runs.write_data(tmp_path_factory.mktemp('tiny') / 'data')
