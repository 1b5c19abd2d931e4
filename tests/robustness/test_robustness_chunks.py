"""The folder of finished chunks, and the ground truth in them."""

import numpy as np
import pytest
import torch
from mmengine.structures import InstanceData
from random_tables import make_table

from mmpose_stable.robustness import chunks
from mmpose_stable.robustness.chunks import ChunkStore, from_text, to_text
from mmpose_stable.robustness.examples import one_example
from mmpose_stable.robustness.files import ResultFileError

IDENTITY = {'settings.seed': 0, 'hashes.weights': 'abc'}
TRUTHS = ['{"a": 1}', '{}']


def example(maps=True):
    picture = torch.arange(48, dtype=torch.uint8).view(3, 4, 4)
    heatmaps = torch.ones(2, 4, 2, 2) if maps else (None, None)
    return one_example(1, 2, (picture, picture + 1), heatmaps)


@pytest.fixture
def store(tmp_path):
    store = ChunkStore(tmp_path / 'partial', IDENTITY)
    store.open(resume=False)
    store.write(0, make_table((0, 1)), TRUTHS, [example()])
    return store


def files_in(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_chunk_comes_back_with_truths_and_examples(store):
    chunk = store.read(0)
    assert chunk.truths == [{'a': 1}, {}]
    np.testing.assert_array_equal(chunk.predictions.keypoints, make_table((0, 1)).keypoints)
    for name, value in example().items():
        np.testing.assert_array_equal(chunk.examples[name], value)
    for kept, expected in (
        ([example(False)], {'index', 'column', 'clean', 'perturbed'}),
        ([], set()),
    ):
        store.write(1, make_table((2, 3)), TRUTHS, kept)
        assert set(store.read(1).examples) == expected


def test_earlier_chunks_are_neither_overwritten_nor_mixed_in_but_resumed_without_leftovers(store):
    leftover = store.folder / '.chunk_000001.npz.123.part'
    leftover.write_bytes(b'half')
    with pytest.raises(ResultFileError, match=r'partial holds the finished part.*--resume'):
        ChunkStore(store.folder, IDENTITY).open(resume=False)
    other = ChunkStore(store.folder, {**IDENTITY, 'settings.seed': 5})
    with pytest.raises(ResultFileError, match=r'run\.json is of another run \(settings.seed: 0'):
        other.open(resume=True)
    again = ChunkStore(store.folder, IDENTITY)
    again.open(resume=True)
    assert files_in(store.folder) == ['chunk_000000.npz', 'run.json']
    assert again.read(0).truths == store.read(0).truths


def test_a_chunk_of_another_run_renamed_or_cut_off_is_refused_by_name(store, tmp_path):
    other = ChunkStore(tmp_path / 'other', {**IDENTITY, 'settings.seed': 5})
    other.open(resume=False)
    other.write(1, make_table((2, 3)), TRUTHS, [])
    for path in (other.path(1), store.path(0)):
        path.rename(store.path(1))
        with pytest.raises(ResultFileError, match=r'chunk_000001\.npz is a chunk of another run'):
            store.read(1)
    store.path(1).write_bytes(store.path(1).read_bytes()[:-30])
    with pytest.raises(ResultFileError, match=r'chunk_000001\.npz is cut off'):
        store.read(1)


@pytest.mark.parametrize('resume', [False, True])
def test_a_run_killed_while_it_wrote_its_first_file_or_removed_the_folder_starts_anew(
    store, tmp_path, monkeypatch, resume
):
    leftover = tmp_path / 'first' / '.run.json.123.part'
    leftover.parent.mkdir()
    leftover.write_text('{"schema"')
    first = ChunkStore(tmp_path / 'first', IDENTITY)
    first.open(resume)
    assert files_in(first.folder) == ['run.json']
    first.remove()

    def killed(folder, **_):
        if folder.is_dir():
            (folder / 'run.json').unlink()
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(chunks.shutil, 'rmtree', killed)
        with pytest.raises(KeyboardInterrupt):
            store.remove()
    again = ChunkStore(store.folder, IDENTITY)
    again.open(resume)
    assert files_in(store.folder) == ['run.json']
    again.remove()
    assert files_in(tmp_path) == []


@pytest.mark.parametrize('resume', [False, True])
def test_a_folder_of_no_run_is_refused_with_the_way_out(tmp_path, resume):
    store = ChunkStore(tmp_path / 'partial', IDENTITY)
    store.folder.mkdir()
    store.path(3).touch()
    with pytest.raises(ResultFileError, match=r'no run\.json that says of which run; delete'):
        store.open(resume)


def test_a_packed_sample_comes_back_with_the_same_values_and_arrays_in_one_line():
    arrays = {
        'keypoints': np.random.default_rng(0).normal(size=(1, 5, 2)).astype(np.float32),
        'empty': np.zeros((0, 4)),
        'mask': np.array([[True, False]]),
        'id': np.array(1),
    }
    plain = {'path': 'a/b "c"\n.png', 'nothing': None, 'raw_ann_info': {'keypoints': [1, 2.5]}}
    boxes = InstanceData(boxes=torch.ones(2, 4))
    text = to_text({**plain, 'arrays': arrays, 'gt': boxes, 'score': np.float32(0.1)})
    assert '\n' not in text
    back = from_text(text)
    assert {name: back[name] for name in plain} == plain
    assert (back['score'], back['score'].dtype) == (np.float32(0.1), np.float32)
    np.testing.assert_array_equal(back['gt']['boxes'], np.ones((2, 4)))
    for key, value in arrays.items():
        np.testing.assert_array_equal(back['arrays'][key], value)
        assert (back['arrays'][key].dtype, back['arrays'][key].shape) == (value.dtype, value.shape)
    with pytest.raises(TypeError, match='meta_keys'):
        to_text({'picture': object()})
