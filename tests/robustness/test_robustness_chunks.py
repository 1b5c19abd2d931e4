"""The folder of finished chunks."""

import numpy as np
import pytest
from random_tables import make_table

from mmpose_stable.robustness import chunks
from mmpose_stable.robustness.chunks import ChunkStore
from mmpose_stable.robustness.examples import ExampleRecord
from mmpose_stable.robustness.files import ResultFileError

IDENTITY = {'settings.seed': 0, 'hashes.weights': 'abc'}


def example(maps=True):
    picture = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)
    heatmaps = np.ones((4, 2, 2), np.float16) if maps else None
    return ExampleRecord(1, 2, picture, picture + 1, heatmaps, heatmaps)


@pytest.fixture
def store(tmp_path):
    store = ChunkStore(tmp_path / 'partial', IDENTITY)
    store.open(resume=False)
    store.write(0, make_table((0, 1)), ['{"a": 1}', '[]'], [example()])
    return store


def test_a_chunk_comes_back_with_truths_and_examples(store):
    chunk = store.read(0)
    assert chunk.truths == ['{"a": 1}', '[]']
    np.testing.assert_array_equal(chunk.predictions.keypoints, make_table((0, 1)).keypoints)
    np.testing.assert_array_equal(chunk.examples['perturbed'][0], example().perturbed)
    assert chunk.examples['column'].tolist() == [2]
    assert store.finished(3) == {0}


def test_examples_of_a_model_without_heatmaps_have_no_heatmap_column(store):
    store.write(1, make_table((2, 3)), ['1', '2'], [example(maps=False)])
    assert set(store.read(1).examples) == {'index', 'column', 'clean', 'perturbed'}


def test_a_chunk_without_examples_has_none(store):
    store.write(1, make_table((2, 3)), ['1', '2'], [])
    assert store.read(1).examples == {}


def test_earlier_chunks_are_neither_overwritten_nor_mixed_in_without_resume(store):
    with pytest.raises(ResultFileError, match=r'partial holds the finished part.*--resume'):
        ChunkStore(store.folder, IDENTITY).open(resume=False)


def test_the_same_run_is_resumed_and_its_leftovers_are_removed(store):
    leftover = store.folder / '.chunk_000001.npz.123.part'
    leftover.write_bytes(b'half')
    again = ChunkStore(store.folder, IDENTITY)
    again.open(resume=True)
    assert not leftover.exists()
    assert again.read(0).truths == store.read(0).truths


def test_resuming_where_nothing_is_finished_starts_anew(tmp_path):
    store = ChunkStore(tmp_path / 'partial', IDENTITY)
    store.open(resume=True)
    assert store.finished(2) == set()


def test_the_folder_of_another_run_is_refused_and_the_difference_named(store):
    other = ChunkStore(store.folder, {**IDENTITY, 'settings.seed': 5})
    with pytest.raises(ResultFileError, match=r'run\.json is of another run \(settings.seed: 0'):
        other.open(resume=True)


def test_a_chunk_of_another_run_is_refused_by_name(store, tmp_path):
    other = ChunkStore(tmp_path / 'other', {**IDENTITY, 'settings.seed': 5})
    other.open(resume=False)
    other.write(1, make_table((2, 3)), ['1', '2'], [])
    other.path(1).rename(store.path(1))
    with pytest.raises(ResultFileError, match=r'chunk_000001\.npz is a chunk of another run'):
        store.read(1)


def test_a_renamed_chunk_of_the_same_run_is_refused(store):
    store.path(0).rename(store.path(1))
    with pytest.raises(ResultFileError, match=r'chunk_000001\.npz'):
        store.read(1)


def test_a_chunk_cut_off_is_refused_by_name(store):
    content = store.path(0).read_bytes()
    store.path(0).write_bytes(content[:-30])
    with pytest.raises(ResultFileError, match=r'chunk_000000\.npz is cut off'):
        store.read(0)


def test_removing_the_folder_removes_it(store):
    store.remove()
    assert not store.folder.exists()


@pytest.mark.parametrize('resume', [False, True])
def test_a_run_killed_while_it_wrote_its_first_file_starts_anew(tmp_path, resume):
    leftover = tmp_path / 'partial' / '.run.json.123.part'
    leftover.parent.mkdir()
    leftover.write_text('{"schema"')
    store = ChunkStore(tmp_path / 'partial', IDENTITY)
    store.open(resume)
    assert [path.name for path in store.folder.iterdir()] == ['run.json']
    store.open(resume=True)


@pytest.mark.parametrize('resume', [False, True])
def test_a_run_killed_while_it_removed_the_folder_leaves_nothing_in_the_way(
    store, monkeypatch, resume
):
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
    assert again.finished(2) == set()
    again.remove()
    assert list(store.folder.parent.iterdir()) == []


@pytest.mark.parametrize('resume', [False, True])
def test_a_folder_of_no_run_is_refused_with_the_way_out(tmp_path, resume):
    store = ChunkStore(tmp_path / 'partial', IDENTITY)
    store.folder.mkdir()
    store.path(3).touch()
    with pytest.raises(ResultFileError, match=r'no run\.json that says of which run; delete'):
        store.open(resume)
