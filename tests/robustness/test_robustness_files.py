"""Result files: whole or absent, and refused by name when damaged or foreign."""

import numpy as np
import pytest

from mmpose_stable.robustness.files import (
    ResultFileError,
    read_columns,
    read_json,
    write_columns,
    write_json,
)

SCHEMA = 'test/1'


def test_columns_come_back_and_a_file_cut_off_or_with_one_wrong_byte_is_refused(tmp_path):
    path = tmp_path / 'table.npz'
    given = {'a': np.arange(500.0), 'name': np.array(['x', 'yy'])}
    write_columns(path, {'schema': SCHEMA, 'note': 'ü'}, given)
    header, columns = read_columns(path, SCHEMA)
    assert header == {'schema': SCHEMA, 'note': 'ü'}
    np.testing.assert_array_equal(columns['a'], given['a'])
    assert columns['name'].tolist() == ['x', 'yy']
    with pytest.raises(ResultFileError, match="expected schema 'other/1', got 'test/1'"):
        read_columns(path, 'other/1')
    content = path.read_bytes()
    wrong = bytearray(content)
    wrong[len(content) // 3] ^= 0xFF
    ends = [int(len(content) * share) for share in (0, 0.1, 0.5, 0.9, 0.999)]
    for damaged in [bytes(wrong), *(content[:end] for end in ends)]:
        path.write_bytes(damaged)
        with pytest.raises(ResultFileError, match=r'table\.npz is cut off, damaged'):
            read_columns(path, SCHEMA)
    for foreign in (np.arange(3), np.array([object()])):
        np.savez(path, a=foreign)
        with pytest.raises(ResultFileError, match=r'table\.npz'):
            read_columns(path, SCHEMA)


def test_json_cut_off_or_foreign_is_refused_by_name_and_nan_is_never_written(tmp_path):
    path = tmp_path / 'run.json'
    with pytest.raises(ValueError, match='JSON'):
        write_json(path, {'schema': SCHEMA, 'value': float('nan')})
    assert not list(tmp_path.iterdir())
    with pytest.raises(ResultFileError, match=r'run\.json is missing'):
        read_json(path, SCHEMA)
    write_json(path, {'schema': SCHEMA, 'value': [1, None]})
    assert read_json(path, SCHEMA)['value'] == [1, None]
    text = path.read_text()
    for content, words in ((text[:-4], r'run\.json is cut off'), ('[1, 2]', 'expected schema')):
        path.write_text(content)
        with pytest.raises(ResultFileError, match=words):
            read_json(path, SCHEMA)
