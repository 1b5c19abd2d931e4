"""One process at a time in a folder."""

import pytest

from mmpose_stable.locked_folder import BusyError, alone


def test_a_second_process_is_told_to_keep_out(tmp_path):
    with alone(tmp_path / 'a'):
        with pytest.raises(BusyError, match='another process works in'), alone(tmp_path / 'a'):
            pass
        with alone(tmp_path / 'b'):
            pass
    with alone(tmp_path / 'a'):
        pass


def test_a_failure_inside_gives_the_folder_free(tmp_path):
    with pytest.raises(KeyError), alone(tmp_path):
        raise KeyError
    with alone(tmp_path):
        pass
