"""Files are written whole or not at all, and one process has a folder."""

import pytest

from mmpose_stable.files import alone, check_writable, whole_file


def test_a_failure_while_writing_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / 'result.txt'
    path.write_text('old')

    def fail():
        with whole_file(path) as temporary:
            temporary.write_text('half')
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert path.read_text() == 'old'
    assert [entry.name for entry in tmp_path.iterdir()] == ['result.txt']


def test_a_path_that_cannot_be_written_is_named_with_its_option(tmp_path):
    file = tmp_path / 'file'
    file.write_text('kept')
    check_writable(file, '--out')
    check_writable(tmp_path / 'new' / 'result.json', '--out')
    assert file.read_text() == 'kept'
    assert not (tmp_path / 'new').exists()
    for path in (file / 'result.json', tmp_path):
        with pytest.raises(ValueError, match=r'--out: cannot write '):
            check_writable(path, '--out')


def test_a_second_process_is_told_to_keep_out(tmp_path):
    a, b = tmp_path / 'a', tmp_path / 'b'
    with alone(a), alone(b), pytest.raises(ValueError, match='another process works in'), alone(a):
        pass
