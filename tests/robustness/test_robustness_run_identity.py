"""Which files decide what a run's labels and boxes are."""

from types import SimpleNamespace

import pytest

from mmpose_stable.robustness.provenance import hash_annotations, hash_file


@pytest.fixture(name='files')
def two_files(tmp_path):
    paths = [tmp_path / name for name in ('a.json', 'b.json')]
    for path in paths:
        path.write_text(path.name)
    return paths


def of(path, **files):
    return SimpleNamespace(ann_file=str(path), **files)


def test_one_file_has_its_own_hash_and_none_has_none(files):
    assert hash_annotations(of(files[0])) == hash_file(files[0])
    assert hash_annotations(SimpleNamespace()) is None
    assert hash_annotations(of('')) is None


@pytest.mark.parametrize(
    'dataset',
    [
        lambda a, b: of(a, bbox_file=str(b)),
        lambda a, b: of(a, headbox_file=str(b)),
        lambda a, b: SimpleNamespace(datasets=[of(a), of(b)]),
        lambda a, b: SimpleNamespace(dataset=SimpleNamespace(datasets=[of(a), of(b)])),
    ],
)
def test_every_file_counts(files, dataset):
    hashes = {hash_annotations(dataset(*files))}
    for file in files:
        file.write_text('other')
        hashes.add(hash_annotations(dataset(*files)))
    assert len(hashes) == 3
