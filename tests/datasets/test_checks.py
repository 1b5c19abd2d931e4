"""What our datasets do with faulty annotations and images."""

import json

import cv2
import numpy as np
import pytest
from mmpose.datasets.datasets.body import CocoDataset
from mmpose.datasets.transforms import LoadImage

from mmpose_stable.datasets import LSPDataset, STBDataset, annotation_fault

K = 14
IMAGE = dict(id=1, file_name='a.jpg', width=100, height=80)


def annotation(**changes):
    keypoints = np.column_stack([np.linspace(20, 60, K), np.linspace(10, 70, K), np.full(K, 2.0)])
    sound = dict(
        id=5,
        image_id=1,
        category_id=1,
        iscrowd=0,
        bbox=[10, 5, 60, 70],
        area=4200,
        keypoints=keypoints.reshape(-1).tolist(),
        num_keypoints=K,
    )
    return {**sound, **changes}


def with_keypoint(index, values):
    keypoints = np.reshape(annotation()['keypoints'], (K, 3))
    keypoints[index] = values
    return annotation(keypoints=keypoints.reshape(-1).tolist())


def without(field):
    return {key: value for key, value in annotation().items() if key != field}


def dataset(folder, annotations, kind=LSPDataset, **options):
    """Write one image and its annotations, and load them."""
    cv2.imwrite(str(folder / 'a.jpg'), np.full((80, 100, 3), 128, np.uint8))
    category = dict(id=1, name='person', keypoints=[], skeleton=[])
    document = dict(images=[IMAGE], annotations=annotations, categories=[category])
    (folder / 'labels.json').write_text(json.dumps(document))
    return kind(ann_file='labels.json', data_root=str(folder), pipeline=[LoadImage()], **options)


FAULTS = {
    'no field "keypoints"': without('keypoints'),
    'no field "bbox"': without('bbox'),
    '14 triples': annotation(keypoints=[1.0, 2.0, 2.0] * 13),
    r'keypoints \[3\] have coordinates that are not finite': with_keypoint(3, [np.nan, 5, 2]),
    'visibility flag is not a finite number': with_keypoint(3, [5, 5, np.nan]),
    '"bbox" should be four finite numbers': annotation(bbox=[1, 2, np.nan, 4]),
    '"keypoints" should hold numbers': annotation(keypoints=['abc'] * 3 * K),
    '"bbox" should hold numbers': annotation(bbox=[[1], 2, 3, 4]),
    'has no area': annotation(bbox=[10, 10, 0, 20]),
    'outside of the image of 100x80': annotation(bbox=[120, 10, 30, 30]),
    'lies outside of the image': annotation(bbox=[-40, 10, 40, 30]),
}


@pytest.mark.parametrize('reason', FAULTS)
def test_fault_is_an_error_that_names_file_annotation_and_reason(tmp_path, reason):
    with pytest.raises(ValueError, match=reason) as caught:
        dataset(tmp_path, [annotation(id=4), FAULTS[reason]])
    assert 'labels.json: annotation 5 of a.jpg' in str(caught.value)
    assert 'on_fault="skip"' in str(caught.value)


@pytest.mark.parametrize('reason', FAULTS)
def test_fault_is_skipped_on_request(tmp_path, reason):
    data = dataset(tmp_path, [annotation(id=1), FAULTS[reason]], on_fault='skip')
    assert [data[i]['id'] for i in range(len(data))] == [1]


def test_an_image_without_its_size_is_a_fault():
    fault = annotation_fault(annotation(), {'file_name': 'a.jpg', 'width': 100}, K)
    assert fault == 'its image has no field "height"'


def test_sound_annotation_has_no_fault():
    assert annotation_fault(annotation(), IMAGE, K) is None


def test_nested_keypoints_are_as_good_as_flat_ones(tmp_path):
    nested = annotation(keypoints=np.reshape(annotation()['keypoints'], (K, 3)).tolist())
    assert annotation_fault(nested, IMAGE, K) is None
    np.testing.assert_array_equal(
        dataset(tmp_path, [nested])[0]['keypoints'],
        dataset(tmp_path, [annotation()])[0]['keypoints'],
    )


def test_box_partly_outside_is_cut_to_the_image(tmp_path):
    sample = dataset(tmp_path, [annotation(bbox=[-20, -10, 70, 200])])[0]
    np.testing.assert_array_equal(sample['bbox'], [[0, 0, 50, 79]])


def test_joint_outside_of_the_image_keeps_its_place_and_label(tmp_path):
    sample = dataset(tmp_path, [with_keypoint(2, [-7, 95, 2])])[0]
    np.testing.assert_array_equal(sample['keypoints'][0, 2], [-7, 95])
    assert sample['keypoints_visible'][0, 2] == 1


def test_nan_of_an_unlabelled_joint_becomes_zero(tmp_path):
    sample = dataset(tmp_path, [with_keypoint(2, [np.nan, np.inf, 0])])[0]
    np.testing.assert_array_equal(sample['keypoints'][0, 2], [0, 0])
    assert sample['keypoints_visible'][0, 2] == 0


def test_crowds_and_persons_without_labels_are_left_out(tmp_path):
    crowd = dict(id=7, image_id=1, category_id=1, iscrowd=1, bbox=[0, 0, 9, 9])
    blank = annotation(id=8, keypoints=[0.0] * 3 * K, num_keypoints=0)
    placed = annotation(id=9, keypoints=[4.0, 5.0, 0.0] * K)
    del placed['num_keypoints']
    assert len(dataset(tmp_path, [annotation(), crowd, blank, placed])) == 1


def test_file_without_any_usable_annotation_is_refused(tmp_path):
    with pytest.raises(ValueError, match='no usable annotation for LSPDataset'):
        dataset(tmp_path, [without('bbox')], on_fault='skip')


def test_keypoints_of_another_data_set_are_refused(tmp_path):
    with pytest.raises(ValueError, match='21 triples'):
        dataset(tmp_path, [annotation()], kind=STBDataset)


def test_on_fault_is_checked(tmp_path):
    with pytest.raises(ValueError, match=r"should be one of .* but is 'ignore'"):
        dataset(tmp_path, [annotation()], on_fault='ignore')


@pytest.mark.parametrize('content', [b'', b'not an image', None])
def test_image_that_does_not_decode_is_an_error_with_its_path(tmp_path, content):
    data = dataset(tmp_path, [annotation()])
    path = tmp_path / 'a.jpg'
    path.unlink() if content is None else path.write_bytes(content)
    with pytest.raises(Exception, match=r'a\.jpg'):
        data[0]


def test_mmpose_datasets_drop_faults_silently_and_keep_nan(tmp_path, monkeypatch):
    # MMPose looks for its data set descriptions below the working directory first.
    monkeypatch.chdir(tmp_path)
    keypoints = [5.0, 5.0, 2.0] * 17
    faulty = [
        without('keypoints'),
        without('bbox'),
        annotation(keypoints=keypoints, num_keypoints=17, bbox=[120, 10, 30, 30]),
        annotation(keypoints=[np.nan, 5.0, 2.0, *keypoints[3:]], num_keypoints=17),
    ]
    numbered = [{**entry, 'id': number} for number, entry in enumerate(faulty)]
    data = dataset(tmp_path, numbered, kind=CocoDataset)
    assert len(data) == 1
    assert np.isnan(data[0]['keypoints']).any()
