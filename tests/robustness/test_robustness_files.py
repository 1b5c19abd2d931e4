"""Result files: whole or absent, refused by name when damaged, foreign or of another run."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from mmengine.structures import InstanceData
from random_tables import make_persons

from mmpose_stable.robustness import files
from mmpose_stable.robustness.chunks import Chunk, ChunkStore, from_text, to_text
from mmpose_stable.robustness.files import ResultFileError
from mmpose_stable.robustness.provenance import hash_annotations, hash_file

SCHEMA = 'test/1'


def test_columns_come_back_and_a_file_cut_off_or_with_one_wrong_byte_is_refused(tmp_path):
    path = tmp_path / 'table.npz'
    given = {'a': np.arange(500.0), 'name': np.array(['x', 'yy'])}
    files.write_columns(path, {'schema': SCHEMA, 'note': 'ü'}, given)
    header, columns = files.read_columns(path, SCHEMA)
    assert header == {'schema': SCHEMA, 'note': 'ü'}
    np.testing.assert_array_equal(columns['a'], given['a'])
    assert columns['name'].tolist() == ['x', 'yy']
    with pytest.raises(ResultFileError, match="expected schema 'other/1', got 'test/1'"):
        files.read_columns(path, 'other/1')
    content = path.read_bytes()
    wrong = bytearray(content)
    wrong[len(content) // 3] ^= 0xFF
    ends = [int(len(content) * share) for share in (0, 0.1, 0.5, 0.9, 0.999)]
    for damaged in [bytes(wrong), *(content[:end] for end in ends)]:
        path.write_bytes(damaged)
        with pytest.raises(ResultFileError, match=r'table\.npz is cut off, damaged'):
            files.read_columns(path, SCHEMA)
    for foreign in (np.arange(3), np.array([object()])):
        np.savez(path, a=foreign)
        with pytest.raises(ResultFileError, match=r'table\.npz'):
            files.read_columns(path, SCHEMA)


def test_json_cut_off_or_foreign_is_refused_by_name_and_nan_is_never_written(tmp_path):
    path = tmp_path / 'run.json'
    with pytest.raises(ValueError, match='JSON'):
        files.write_json(path, {'schema': SCHEMA, 'value': float('nan')})
    assert not list(tmp_path.iterdir())
    with pytest.raises(ResultFileError, match=r'run\.json is missing'):
        files.read_json(path, SCHEMA)
    files.write_json(path, {'schema': SCHEMA, 'value': [1, None]})
    assert files.read_json(path, SCHEMA)['value'] == [1, None]
    text = path.read_text()
    for content, words in ((text[:-4], r'run\.json is cut off'), ('[1, 2]', 'expected schema')):
        path.write_text(content)
        with pytest.raises(ResultFileError, match=words):
            files.read_json(path, SCHEMA)


def test_earlier_chunks_are_neither_overwritten_nor_mixed_in(tmp_path):
    identity = {'settings.seed': 0, 'hashes.weights': 'abc'}
    store = ChunkStore(tmp_path / 'partial', identity)
    store.write(0, Chunk(make_persons(), [], {}))
    store.check(resume=True)
    with pytest.raises(ResultFileError, match=r'partial holds the finished part.*--resume'):
        store.check(resume=False)
    other = ChunkStore(store.folder, {**identity, 'settings.seed': 5})
    with pytest.raises(ResultFileError, match=r'000\.npz is of another run \(settings.seed: 0'):
        other.check(resume=True)


def test_a_packed_sample_comes_back_with_the_same_values_and_arrays_in_one_line():
    keypoints = np.random.default_rng(0).normal(size=(1, 5, 2)).astype(np.float32)
    arrays = {'keypoints': keypoints, 'empty': np.zeros((0, 4)), 'score': np.float32(0.1)}
    arrays['mask'] = np.array([[True, False]])
    plain = {'path': 'a/b "c"\n.png', 'nothing': None, 'raw_ann_info': {'keypoints': [1, 2.5]}}
    boxes = InstanceData(boxes=torch.ones(2, 4))
    text = to_text({**plain, 'arrays': arrays, 'gt': boxes})
    assert '\n' not in text
    back = from_text(text)
    assert {name: back[name] for name in plain} == plain
    np.testing.assert_array_equal(back['gt']['boxes'], np.ones((2, 4)))
    for key, value in arrays.items():
        np.testing.assert_array_equal(back['arrays'][key], value, strict=True)
    with pytest.raises(TypeError, match='meta_keys'):
        to_text({'picture': object()})


def test_every_file_of_labels_and_boxes_counts(tmp_path):
    paths = [tmp_path / name for name in 'abcd']
    for path in paths:
        path.write_text(path.name)
    one = SimpleNamespace(ann_file=str(paths[0]), bbox_file=str(paths[1]))
    other = SimpleNamespace(ann_file=str(paths[2]), headbox_file=str(paths[3]))
    dataset = SimpleNamespace(dataset=SimpleNamespace(datasets=[one, other]))
    hashes = {hash_annotations(dataset)}
    for path in paths:
        path.write_text('other')
        hashes.add(hash_annotations(dataset))
    assert len(hashes) == 5
    assert hash_annotations(SimpleNamespace(ann_file=str(paths[0]))) == hash_file(paths[0])
    assert hash_annotations(SimpleNamespace(ann_file='')) is None
