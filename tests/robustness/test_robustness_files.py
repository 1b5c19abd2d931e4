"""Result files: whole or absent, and refused by name when damaged or foreign."""

import json

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


@pytest.fixture
def columns_file(tmp_path):
    path = tmp_path / 'table.npz'
    columns = {'a': np.arange(500.0), 'name': np.array(['x', 'yy'])}
    write_columns(path, {'schema': SCHEMA, 'note': 'ü'}, columns)
    return path


def test_columns_and_header_come_back(columns_file):
    header, columns = read_columns(columns_file, SCHEMA)
    assert header == {'schema': SCHEMA, 'note': 'ü'}
    np.testing.assert_array_equal(columns['a'], np.arange(500.0))
    assert columns['name'].tolist() == ['x', 'yy']


def test_a_file_cut_off_anywhere_or_with_one_wrong_byte_is_refused_by_name(columns_file):
    content = columns_file.read_bytes()
    wrong = bytearray(content)
    wrong[len(content) // 3] ^= 0xFF
    ends = [int(len(content) * share) for share in (0, 0.1, 0.5, 0.9, 0.999)]
    for damaged in [bytes(wrong), *(content[:end] for end in ends)]:
        columns_file.write_bytes(damaged)
        with pytest.raises(ResultFileError, match=r'table\.npz is cut off, damaged'):
            read_columns(columns_file, SCHEMA)


def test_files_of_another_kind_are_refused(columns_file, tmp_path):
    with pytest.raises(ResultFileError, match="expected schema 'other/1', got 'test/1'"):
        read_columns(columns_file, 'other/1')
    other = tmp_path / 'other.npz'
    for content in (np.arange(3), np.array([object()])):
        np.savez(other, a=content)
        with pytest.raises(ResultFileError, match=r'other\.npz'):
            read_columns(other, SCHEMA)


def test_json_cut_off_or_foreign_is_refused_by_name(tmp_path):
    path = tmp_path / 'run.json'
    with pytest.raises(ResultFileError, match=r'run\.json is missing'):
        read_json(path, SCHEMA)
    write_json(path, {'schema': SCHEMA, 'value': [1, None]})
    assert read_json(path, SCHEMA)['value'] == [1, None]
    text = path.read_text()
    path.write_text(text[:-4])
    with pytest.raises(ResultFileError, match=r'run\.json is cut off'):
        read_json(path, SCHEMA)
    path.write_text(json.dumps([1, 2]))
    with pytest.raises(ResultFileError, match='expected schema'):
        read_json(path, SCHEMA)


def test_nan_never_reaches_a_json_file(tmp_path):
    with pytest.raises(ValueError, match='JSON'):
        write_json(tmp_path / 'run.json', {'schema': SCHEMA, 'value': float('nan')})
    assert not list(tmp_path.iterdir())
