"""What a result says it was made by."""

from types import SimpleNamespace

import pytest

from mmpose_stable.robustness.provenance import hash_annotations, hash_file


def of(path, **files):
    return SimpleNamespace(ann_file=str(path), **files)


@pytest.mark.parametrize(
    'dataset',
    [
        lambda a, b: of(a, bbox_file=str(b)),
        lambda a, b: of(a, headbox_file=str(b)),
        lambda a, b: SimpleNamespace(datasets=[of(a), of(b)]),
        lambda a, b: SimpleNamespace(dataset=SimpleNamespace(datasets=[of(a), of(b)])),
    ],
)
def test_every_file_of_labels_and_boxes_counts(tmp_path, dataset):
    files = [tmp_path / 'a.json', tmp_path / 'b.json']
    for file in files:
        file.write_text(file.name)
    assert hash_annotations(of(files[0])) == hash_file(files[0])
    assert hash_annotations(of('')) is None
    hashes = {hash_annotations(dataset(*files))}
    for file in files:
        file.write_text('other')
        hashes.add(hash_annotations(dataset(*files)))
    assert len(hashes) == 3
