"""What our datasets do with faulty annotations, files and images."""

import json
import re

import cv2
import numpy as np
import pytest
from annotation_files import coco_annotation, coco_document
from mmpose.datasets.transforms import LoadImage

from mmpose_stable.datasets import LSPDataset, check_configured_files, label_files
from mmpose_stable.datasets.checks import document_fault
from mmpose_stable.datasets.lsp import LSP_KEYPOINTS

K = 14
IMAGE = dict(id=1, file_name='a.jpg', width=100, height=80)


def annotation(**changes):
    keypoints = np.column_stack([np.linspace(20, 60, K), np.linspace(10, 70, K), np.full(K, 2.0)])
    return {**coco_annotation(5, 1, keypoints, (10, 5, 60, 70)), **changes}


def with_keypoint(index, values):
    keypoints = np.reshape(annotation()['keypoints'], (K, 3))
    keypoints[index] = values
    return annotation(keypoints=keypoints.reshape(-1).tolist())


def document_of(annotations, images=(IMAGE,), keypoints=()):
    return coco_document('person', keypoints, (), list(images), annotations)


def dataset(folder, annotations, images=(IMAGE,), keypoints=(), **options):
    """Write one image and its annotations, and load them."""
    cv2.imwrite(str(folder / 'a.jpg'), np.full((80, 100, 3), 128, np.uint8))
    (folder / 'labels.json').write_text(json.dumps(document_of(annotations, images, keypoints)))
    files = dict(ann_file='labels.json', data_root=str(folder))
    return LSPDataset(**files, pipeline=[LoadImage()], **options)


@pytest.fixture
def said(monkeypatch):
    """Return a list of the warnings about label files."""
    texts = []
    monkeypatch.setattr(label_files, 'print_log', lambda text, **_: texts.append(text))
    return texts


FAULTS = {
    '"bbox" should be a list of numbers': annotation(bbox=['10', '5', '60', '70']),
    '"bbox" should be a list of numbers, but is ..1': annotation(bbox=[[1], 2, 3, 4]),
    '"keypoints" should be a list of numbers, but is None': annotation(keypoints=None),
    '14 triples': annotation(keypoints=[1.0, 2.0, 2.0] * 13),
    r'keypoints \[3\] have numbers that are not finite': with_keypoint(3, [np.nan, 5, 2]),
    r'keypoints \[4\] have numbers that are not finite': with_keypoint(4, [5, 5, np.nan]),
    r'keypoints \[3\] at \(0, 0\) are flagged as labelled': with_keypoint(3, [0, 0, 1]),
    '"bbox" should be four finite numbers': annotation(bbox=[1, 2, np.nan, 4]),
    'has no area': annotation(bbox=[10, 10, 0, 20]),
    'outside of the image of 100x80': annotation(bbox=[120, 10, 30, 30]),
    'lies outside of the image': annotation(bbox=[-40, 10, 40, 30]),
}


@pytest.mark.parametrize('reason', FAULTS)
def test_fault_is_an_error_that_names_file_annotation_and_reason(tmp_path, reason):
    with pytest.raises(ValueError, match=rf'labels\.json: annotation 5 of a\.jpg: .*{reason}'):
        dataset(tmp_path, [annotation(id=4), FAULTS[reason]])


def test_faults_are_skipped_on_request_unless_nothing_is_left(tmp_path):
    faulty = [dict(fault, id=number) for number, fault in enumerate(FAULTS.values(), start=2)]
    data = dataset(tmp_path, [annotation(id=1), *faulty], on_fault='skip')
    assert [data[i]['id'] for i in range(len(data))] == [1]
    with pytest.raises(ValueError, match='no usable annotation for LSPDataset'):
        dataset(tmp_path, faulty, on_fault='skip')
    with pytest.raises(ValueError, match=r"should be one of .* but is 'ignore'"):
        dataset(tmp_path, [annotation()], on_fault='ignore')


# What an annotation tool may write, and what is said of it.
DOCUMENTS = {
    'several annotations have the same id: 0$': document_of([annotation(id=0)] * 2),
    'several images have the same id: 1$': document_of([annotation()], images=[IMAGE, IMAGE]),
    '"image_id" of annotations should be whole numbers, but is None': document_of(
        [annotation(image_id=None)]
    ),
    '"id" of images should be whole numbers, but is \'1\'': document_of(
        [annotation()], images=[dict(IMAGE, id='1')]
    ),
    'annotations 5 belong to images that it does not list: 9': document_of(
        [annotation(image_id=9)]
    ),
    'image 1 has no field "width"': document_of([annotation()], images=[dict(IMAGE, width=None)]),
    '"bbox" should be in pixels': document_of([annotation(bbox=[0.1, 0.2, 0.5, 0.6])]),
    '"keypoints" should be in pixels': document_of([annotation(keypoints=[0.1, 0.2, 2] * K)]),
    'should hold an object with the lists': [annotation()],
}


@pytest.mark.parametrize('reason', DOCUMENTS)
def test_labels_that_cannot_be_told_apart_or_used_have_a_fault(reason):
    assert re.search(reason, document_fault(DOCUMENTS[reason]))


def test_names_of_keypoints_are_those_of_the_data_set_however_they_are_written(tmp_path):
    written = [name.replace('_', ' ').title() for name in LSP_KEYPOINTS]
    assert len(dataset(tmp_path, [annotation()], keypoints=written)) == 1
    message = r"has the keypoints \['neck', .*'left_wrist'\], but .* \['right_ankle', .*'head_top'"
    with pytest.raises(ValueError, match=message):
        dataset(tmp_path, [annotation()], keypoints=LSP_KEYPOINTS[12:] + LSP_KEYPOINTS[:12])


def test_names_of_mmposes_own_data_sets_are_a_warning_since_its_rhd_file_has_others(
    shared_data, tmp_path, monkeypatch, said
):
    monkeypatch.chdir(tmp_path)
    file = shared_data / 'mmpose_samples' / 'rhd' / 'test_rhd.json'
    check_configured_files(dict(type='Rhd2DDataset', ann_file=str(file)))
    (text,) = said
    assert re.search(r"keypoints \['wrist', 'thumb1'.* data set has \['wrist', 'thumb4'", text)


def test_sizes_that_are_not_those_of_the_picture_are_an_error(tmp_path):
    swapped = dict(IMAGE, width=80, height=100)
    with pytest.raises(ValueError, match=r'is 80x100 pixels in it, but .*a\.jpg is .* 100x80'):
        dataset(tmp_path, [annotation()], images=[swapped])


def test_a_byte_order_mark_which_cocos_reader_does_not_take_is_said(tmp_path):
    document = document_of([annotation()])
    (tmp_path / 'labels.json').write_text(json.dumps(document), encoding='utf-8-sig')
    with pytest.raises(ValueError, match=r'labels\.json is no JSON file in plain UTF-8: .*BOM'):
        LSPDataset(ann_file=str(tmp_path / 'labels.json'))


BOX = dict(image_id=1, category_id=1, bbox=[10, 5, 60, 70], score=0.9)


@pytest.mark.parametrize(
    ('boxes', 'message'),
    [
        ([], 'should hold a list of boxes'),
        ([BOX, dict(BOX, image_id=7)], 'images that the label file does not list: 7'),
        ([dict(BOX, image_id='1')], 'box 0 should have finite numbers'),
        ([BOX, dict(BOX, bbox=[1, 2, None, 4])], 'box 1 should have finite numbers'),
        ([dict(BOX, score=np.nan)], 'box 0 should have finite numbers'),
        ([dict(BOX, bbox=[0.1, 0.2, 0.5, 0.6])], '"bbox" should be in pixels'),
        (
            [dict(BOX, category_id=0), dict(BOX, bbox=[1, 2, 0, 4])],
            'none of its 2 boxes has category_id 1 and an area',
        ),
    ],
)
def test_detected_boxes_that_cannot_be_used_are_an_error_that_names_their_file(
    tmp_path, boxes, message
):
    path = tmp_path / 'boxes.json'
    path.write_text(json.dumps(boxes))
    with pytest.raises(ValueError, match=rf'bbox_file .*boxes\.json: .*{message}'):
        dataset(tmp_path, [annotation()], bbox_file=str(path), test_mode=True)


def test_detected_boxes_without_area_are_left_out_and_counted(tmp_path, said):
    path = tmp_path / 'boxes.json'
    path.write_text(json.dumps([dict(BOX, bbox=[9, 9, 0, 5]), BOX, dict(BOX, category_id=3)]))
    data = dataset(tmp_path, [annotation()], bbox_file=str(path), test_mode=True)
    assert [data[at]['bbox'].tolist() for at in range(len(data))] == [[[10, 5, 70, 75]]]
    (text,) = said
    assert '2 of 3 boxes are left out: ' in text


@pytest.mark.parametrize(
    ('given', 'place', 'label'), [((-7, 95, 2), (-7, 95), 1), ((np.nan, np.inf, 0), (0, 0), 0)]
)
def test_a_joint_outside_keeps_its_place_and_an_unlabelled_one_has_none(
    tmp_path, given, place, label
):
    sample = dataset(tmp_path, [with_keypoint(2, given)])[0]
    np.testing.assert_array_equal(sample['keypoints'][0, 2], place)
    assert sample['keypoints_visible'][0, 2] == label


def test_crowds_and_persons_without_labels_whatever_num_keypoints_says_are_left_out(tmp_path):
    nested = np.reshape(annotation()['keypoints'], (K, 3)).tolist()
    person = annotation(keypoints=nested, num_keypoints=0)
    crowd = dict(id=7, image_id=1, category_id=1, iscrowd=1, bbox=[0, 0, 9, 9])
    blank = annotation(id=8, keypoints=[4.0, 5.0, 0.0] * K, num_keypoints=K)
    data = dataset(tmp_path, [person, crowd, blank])
    assert [sample['num_keypoints'] for sample in data] == [K]
