"""What our datasets do with faulty annotations and images."""

import json
import re

import cv2
import numpy as np
import pytest
from annotation_files import coco_annotation, coco_document
from mmpose.datasets.transforms import LoadImage

from mmpose_stable.datasets import (
    LSPDataset,
    annotation_fault,
    check_configured_files,
    label_files,
)
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


def without(field):
    return {key: value for key, value in annotation().items() if key != field}


def document_of(annotations, images=(IMAGE,), keypoints=()):
    return coco_document('person', keypoints, list(images), annotations)


def dataset(folder, annotations, images=(IMAGE,), keypoints=(), **options):
    """Write one image and its annotations, and load them."""
    cv2.imwrite(str(folder / 'a.jpg'), np.full((80, 100, 3), 128, np.uint8))
    (folder / 'labels.json').write_text(json.dumps(document_of(annotations, images, keypoints)))
    files = dict(ann_file='labels.json', data_root=str(folder))
    return LSPDataset(**files, pipeline=[LoadImage()], **options)


FAULTS = {
    '"iscrowd" should hold numbers, but is \'0\'': annotation(iscrowd='0'),
    '"bbox" should hold numbers': annotation(bbox=['10', '5', '60', '70']),
    '"num_keypoints" should hold numbers': annotation(num_keypoints='14'),
    'no field "keypoints"': without('keypoints'),
    '"keypoints" should hold numbers, but is None': annotation(keypoints=None),
    'no field "bbox"': without('bbox'),
    '14 triples': annotation(keypoints=[1.0, 2.0, 2.0] * 13),
    r'keypoints \[3\] have coordinates that are not finite': with_keypoint(3, [np.nan, 5, 2]),
    r'keypoints \[3\] at \(0, 0\) are flagged as labelled': with_keypoint(3, [0, 0, 1]),
    'visibility flag is not a finite number': with_keypoint(3, [5, 5, np.nan]),
    '"bbox" should be four finite numbers': annotation(bbox=[1, 2, np.nan, 4]),
    '"keypoints" should hold numbers': annotation(keypoints=['abc'] * 3 * K),
    '"bbox" should hold numbers, but is ..1': annotation(bbox=[[1], 2, 3, 4]),
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


def test_faults_are_skipped_on_request_unless_nothing_is_left(tmp_path):
    faulty = [dict(fault, id=number) for number, fault in enumerate(FAULTS.values(), start=2)]
    data = dataset(tmp_path, [annotation(id=1), *faulty], on_fault='skip')
    assert [data[i]['id'] for i in range(len(data))] == [1]
    with pytest.raises(ValueError, match='no usable annotation for LSPDataset'):
        dataset(tmp_path, faulty, on_fault='skip')
    with pytest.raises(ValueError, match=r"should be one of .* but is 'ignore'"):
        dataset(tmp_path, [annotation()], on_fault='ignore')


TWO = [IMAGE, dict(IMAGE, id=2)]
# What an annotation tool may write, and what is said of it.
DOCUMENTS = {
    'several annotations have the same id: 0$': document_of([annotation(id=0)] * 2),
    'several images have the same id: 1$': document_of([annotation()], images=[IMAGE, IMAGE]),
    '1 annotations have no field "id"': document_of([without('id')]),
    '1 annotations have no field "image_id"': document_of([without('image_id')]),
    '"id" of annotations should be whole numbers, but is \'a\'': document_of([annotation(id='a')]),
    '"id" of images should be .*\'1\'': document_of([annotation()], images=[dict(IMAGE, id='1')]),
    '1 annotations have no field "category_id"': document_of([without('category_id')]),
    '"image_id" of annotations should .*\'1\'': document_of([annotation(image_id='1')]),
    'annotations 5 belong to images that it does not list: 9': document_of(
        [annotation(image_id=9)]
    ),
    'image 1: "width" should hold numbers': document_of([], images=[dict(IMAGE, width='100')]),
    '"categories" should be a list of objects': {**document_of([]), 'categories': ['person']},
    '"bbox" should be in pixels': document_of([annotation(bbox=[0.1, 0.2, 0.5, 0.6])]),
    '"keypoints" should be in pixels': document_of([annotation(keypoints=[0.1, 0.2, 2] * K)]),
    'should hold an object with the lists': [annotation()],
}


@pytest.mark.parametrize('reason', DOCUMENTS)
def test_labels_that_cannot_be_told_apart_or_are_in_no_picture_have_a_fault(reason):
    assert re.search(reason, document_fault(DOCUMENTS[reason]))


def test_a_file_without_categories_needs_no_number_of_one():
    # InterHand2.6M has neither.
    document = document_of([without('category_id')])
    del document['categories']
    assert document_fault(document) is None


def test_keypoints_of_other_names_or_order_are_an_error_however_right_ones_are_written(tmp_path):
    order = [name.replace('_', ' ').title() for name in LSP_KEYPOINTS]
    sound = document_of([annotation(id=0), annotation(id=1, image_id=2)], TWO, order)
    assert document_fault(sound) is None
    assert len(dataset(tmp_path, [annotation()], keypoints=order)) == 1
    for names in (order[12:] + order[:12], ['toe', *order[1:]]):
        message = rf"are \['{names[0]}', .*\], those of the data set are \['right_ankle', .*: bring"
        with pytest.raises(ValueError, match=message):
            dataset(tmp_path, [annotation()], keypoints=names)


@pytest.fixture
def said(monkeypatch):
    """Return a list of the warnings about label files."""
    texts = []
    monkeypatch.setattr(label_files, 'print_log', lambda text, **_: texts.append(text))
    return texts


def test_names_of_mmposes_own_data_sets_are_a_warning_since_its_rhd_file_has_others(
    shared_data, tmp_path, monkeypatch, said
):
    monkeypatch.chdir(tmp_path)
    file = shared_data / 'mmpose_samples' / 'rhd' / 'test_rhd.json'
    check_configured_files(dict(type='Rhd2DDataset', ann_file=str(file)))
    (text,) = said
    assert re.search(r"keypoints are \['wrist', 'thumb1'.* are \['wrist', 'thumb4'", text)


def test_sizes_that_are_not_those_of_the_picture_are_an_error(tmp_path):
    swapped = dict(IMAGE, width=80, height=100)
    with pytest.raises(ValueError, match=r'is 80x100 pixels in it, but .*a\.jpg is .* 100x80'):
        dataset(tmp_path, [annotation()], images=[swapped])


@pytest.mark.parametrize('field', ['file_name', 'width', 'height'])
def test_a_labelled_picture_without_its_name_or_size_is_an_error(tmp_path, field):
    image = {key: value for key, value in IMAGE.items() if key != field}
    with pytest.raises(ValueError, match=rf'labels\.json: image 1: it has no field "{field}"'):
        dataset(tmp_path, [annotation()], images=[image])


def test_a_byte_order_mark_which_cocos_reader_does_not_take_is_said(tmp_path):
    document = document_of([annotation()])
    (tmp_path / 'labels.json').write_text(json.dumps(document), encoding='utf-8-sig')
    with pytest.raises(ValueError, match=r'labels\.json is no JSON file in plain UTF-8: .*BOM'):
        LSPDataset(ann_file=str(tmp_path / 'labels.json'))


@pytest.mark.parametrize(('box', 'count'), [([10, 5, 95, 79], 1), ([10, 5, 90, 75], 0)])
def test_boxes_that_are_corners_are_warned_of(tmp_path, said, box, count):
    dataset(tmp_path, [annotation(bbox=box)])
    assert len(said) == count
    assert all('look like corners x1, y1, x2, y2' in text for text in said)


@pytest.mark.parametrize('count', [None, 0])
def test_a_person_counts_by_its_keypoints_whatever_num_keypoints_says(tmp_path, count):
    person = without('num_keypoints') if count is None else annotation(num_keypoints=count)
    assert dataset(tmp_path, [person])[0]['num_keypoints'] == K


BOX = dict(image_id=1, category_id=1, bbox=[10, 5, 60, 70], score=0.9)


@pytest.mark.parametrize(
    ('boxes', 'message'),
    [
        ([], 'it holds no box'),
        ({'boxes': [BOX]}, 'should hold a list of boxes'),
        ([BOX, dict(BOX, image_id=7)], 'images that the label file does not list: 7'),
        ([dict(BOX, image_id='1')], '"image_id" of box 0 should hold numbers'),
        ([dict(BOX, bbox=[1, 2, None, 4])], 'box 0 should be four finite numbers'),
        ([dict(BOX, score=None)], 'box 0 has no field "score"'),
        ([dict(BOX, score=np.nan)], '"score" of box 0 should be a finite number'),
        ([dict(BOX, bbox=[0.1, 0.2, 0.5, 0.6])], '"bbox" should be in pixels'),
        ([BOX, dict(BOX, bbox=[100, 9, 9, 9])], 'box 1: .* lies outside of the image of 100x80'),
        (
            [dict(BOX, category_id=0)] * 2 + [dict(BOX, bbox=[1, 2, 0, 4])],
            r'none of its 3 boxes can be used: 2 of category_id 0 \(persons have 1\), 1 without',
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
    assert '1 without area' in text


def test_a_sound_annotation_has_no_fault(tmp_path):
    nested = annotation(keypoints=np.reshape(annotation()['keypoints'], (K, 3)).tolist())
    assert annotation_fault(annotation(), IMAGE, K) is None
    assert annotation_fault(nested, IMAGE, K) is None
    flat = dataset(tmp_path, [annotation()])[0]['keypoints']
    np.testing.assert_array_equal(dataset(tmp_path, [nested])[0]['keypoints'], flat)


@pytest.mark.parametrize(
    ('given', 'place', 'label'), [((-7, 95, 2), (-7, 95), 1), ((np.nan, np.inf, 0), (0, 0), 0)]
)
def test_a_joint_outside_keeps_its_place_and_an_unlabelled_one_has_none(
    tmp_path, given, place, label
):
    sample = dataset(tmp_path, [with_keypoint(2, given)])[0]
    np.testing.assert_array_equal(sample['keypoints'][0, 2], place)
    assert sample['keypoints_visible'][0, 2] == label


def test_crowds_and_persons_without_labels_are_left_out(tmp_path):
    crowd = dict(id=7, image_id=1, category_id=1, iscrowd=1, bbox=[0, 0, 9, 9])
    blank = annotation(id=8, keypoints=[0.0] * 3 * K, num_keypoints=0)
    placed = annotation(id=9, keypoints=[4.0, 5.0, 0.0] * K)
    del placed['num_keypoints']
    assert len(dataset(tmp_path, [annotation(), crowd, blank, placed])) == 1
