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


@pytest.mark.parametrize('share', [0.0, 0.1, 0.5, 0.9, 0.999])
def test_a_file_cut_off_anywhere_is_refused_by_name(columns_file, share):
    content = columns_file.read_bytes()
    columns_file.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(ResultFileError, match=r'table\.npz is cut off, damaged'):
        read_columns(columns_file, SCHEMA)


def test_a_file_with_one_wrong_byte_is_refused(columns_file):
    content = bytearray(columns_file.read_bytes())
    content[len(content) // 3] ^= 0xFF
    columns_file.write_bytes(bytes(content))
    with pytest.raises(ResultFileError, match=r'table\.npz'):
        read_columns(columns_file, SCHEMA)


def test_files_of_another_kind_are_refused(columns_file, tmp_path):
    with pytest.raises(ResultFileError, match="expected schema 'other/1', got 'test/1'"):
        read_columns(columns_file, 'other/1')
    plain = tmp_path / 'plain.npz'
    np.savez(plain, a=np.arange(3))
    with pytest.raises(ResultFileError, match=r'plain\.npz'):
        read_columns(plain, SCHEMA)
    pickled = tmp_path / 'pickled.npz'
    np.savez(pickled, a=np.array([object()]))
    with pytest.raises(ResultFileError, match=r'pickled\.npz'):
        read_columns(pickled, SCHEMA)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ResultFileError, match=r'absent\.npz is missing'):
        read_columns(tmp_path / 'absent.npz', SCHEMA)
    with pytest.raises(ResultFileError, match=r'absent\.json is missing'):
        read_json(tmp_path / 'absent.json', SCHEMA)


def test_json_cut_off_or_foreign_is_refused_by_name(tmp_path):
    path = tmp_path / 'run.json'
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
