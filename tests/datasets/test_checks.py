"""What our datasets do with faulty labels and images, and the commands with label files."""

import json
import re

import cv2
import numpy as np
import pytest
import tiny_runs
from annotation_files import coco_annotation, coco_document
from mmpose.datasets.transforms import LoadImage

from mmpose_stable.cli.test import main as run_test
from mmpose_stable.cli.train import main as run_train
from mmpose_stable.datasets import LSPDataset, check_configured_files, label_files
from mmpose_stable.datasets.checks import document_fault
from mmpose_stable.datasets.lsp import LSP_KEYPOINTS

K = 14
NAMES = [name.replace('_', ' ').title() for name in LSP_KEYPOINTS]
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
    '"num_keypoints" should hold numbers': annotation(num_keypoints='14'),
    'no field "keypoints"': without('keypoints'),
    '"keypoints" should hold numbers, but is None': annotation(keypoints=None),
    'no field "bbox"': without('bbox'),
    '14 triples': annotation(keypoints=[1.0, 2.0, 2.0] * 13),
    r'keypoints \[3\] have coordinates that are not finite': with_keypoint(3, [np.nan, 5, 2]),
    r'keypoints \[3\] at \(0, 0\) are flagged as labelled': with_keypoint(3, [0, 0, 1]),
    'visibility flag is not a finite number': with_keypoint(3, [5, 5, np.nan]),
    '"bbox" should be four finite numbers': annotation(bbox=[1, 2, np.nan, 4]),
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


# What an annotation tool may write, and what is said of it.
DOCUMENTS = {
    'several annotations have the same id: 0$': document_of([annotation(id=0)] * 2),
    'several images have the same id: 1$': document_of([annotation()], images=[IMAGE, IMAGE]),
    '1 annotations have no field "id"': document_of([without('id')]),
    '1 annotations have no field "image_id"': document_of([without('image_id')]),
    '"id" of annotations should be whole numbers, but is \'a\'': document_of([annotation(id='a')]),
    '1 annotations have no field "category_id"': document_of([without('category_id')]),
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


def test_what_may_be_so_has_no_fault(tmp_path):
    # Numbers from 0 on, and the right names however they are written.
    images = [IMAGE, dict(IMAGE, id=2)]
    persons = [annotation(id=0), annotation(id=1, image_id=2)]
    assert len(dataset(tmp_path, persons, images, NAMES)) == 2
    # InterHand2.6M has neither categories nor their numbers.
    document = document_of([without('category_id')])
    del document['categories']
    assert document_fault(document) is None


UNLIKE = r"are \['{}', .*\], those of the data set are \['right_ankle', .*: bring"


@pytest.mark.parametrize(
    ('image', 'names', 'message'),
    [
        ({}, [*NAMES[12:], *NAMES[:12]], UNLIKE.format('Neck')),
        (dict(width=80, height=100), (), r'is 80x100 pixels in it, but .*a\.jpg is .* 100x80'),
        (dict(file_name=None), (), 'image 1: it has no field "file_name"'),
        (dict(width=None), (), 'image 1: it has no field "width"'),
        (dict(height=None), (), 'image 1: it has no field "height"'),
    ],
)
def test_other_keypoints_or_pictures_are_an_error(tmp_path, image, names, message):
    with pytest.raises(ValueError, match=rf'labels\.json: .*{message}'):
        dataset(tmp_path, [annotation()], [{**IMAGE, **image}], names)


@pytest.fixture
def said(monkeypatch):
    """Return a list of the warnings about label files."""
    texts = []
    monkeypatch.setattr(label_files, 'print_log', lambda text, **_: texts.append(text))
    return texts


def test_other_names_in_mmposes_own_file_are_a_warning(shared_data, tmp_path, monkeypatch, said):
    monkeypatch.chdir(tmp_path)
    file = shared_data / 'mmpose_samples' / 'rhd' / 'test_rhd.json'
    check_configured_files(dict(type='Rhd2DDataset', ann_file=str(file)))
    (text,) = said
    assert re.search(r"keypoints are \['wrist', 'thumb1'.* are \['wrist', 'thumb4'", text)


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
def test_detected_boxes_that_cannot_be_used_are_an_error(tmp_path, boxes, message):
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


def test_keypoints_may_be_nested_and_are_counted_whatever_num_keypoints_says(tmp_path):
    triples = np.reshape(annotation()['keypoints'], (K, 3)).tolist()
    persons = [annotation(id=0, keypoints=triples), annotation(num_keypoints=0)]
    data = dataset(tmp_path, [without('num_keypoints') | {'id': 6}, *persons])
    for sample in (data[0], data[1], data[2]):
        np.testing.assert_array_equal(sample['keypoints'], data[0]['keypoints'])
        assert sample['num_keypoints'] == K


@pytest.mark.parametrize(
    ('given', 'place', 'label'), [((-7, 95, 2), (-7, 95), 1), ((np.nan, np.inf, 0), (0, 0), 0)]
)
def test_joints_outside_keep_their_place_unlabelled_ones_have_none(tmp_path, given, place, label):
    sample = dataset(tmp_path, [with_keypoint(2, given)])[0]
    np.testing.assert_array_equal(sample['keypoints'][0, 2], place)
    assert sample['keypoints_visible'][0, 2] == label


def test_crowds_and_persons_without_labels_are_left_out(tmp_path):
    crowd = dict(id=7, image_id=1, category_id=1, iscrowd=1, bbox=[0, 0, 9, 9])
    blank = annotation(id=8, keypoints=[0.0] * 3 * K, num_keypoints=0)
    placed = annotation(id=9, keypoints=[4.0, 5.0, 0.0] * K, num_keypoints=None)
    assert len(dataset(tmp_path, [annotation(), crowd, blank, placed])) == 1


@pytest.mark.parametrize('loader', ['train_dataloader', 'val_dataloader', 'test_dataloader'])
def test_training_and_testing_refuse_labels_that_mmpose_would_misread(tmp_path, loader):
    data = tiny_runs.write_data(tmp_path / 'data')
    (data / 'labels.json').write_text(json.dumps(document_of([annotation(id=0)] * 2)))
    cfg = tiny_runs.tiny_config(data, tmp_path)
    cfg[loader] = cfg.test_dataloader
    cfg[loader].dataset.metainfo = {'from_file': 'configs/_base_/datasets/coco.py'}
    cfg.dump(tmp_path / 'tiny.py')
    words = [str(tmp_path / 'tiny.py'), '--work-dir', str(tmp_path)]
    with pytest.raises(ValueError, match=r'labels\.json: several annotations have the same id: 0'):
        run_test([*words, 'none.pth']) if loader == 'test_dataloader' else run_train(words)


def test_the_label_file_of_a_metric_is_checked_where_it_is_not_that_of_the_data_set(tmp_path):
    for name, persons in (('own', [annotation()]), ('other', [annotation()] * 2)):
        (tmp_path / f'{name}.json').write_text(json.dumps(document_of(persons)))
    labels = dict(data_root=str(tmp_path), ann_file='own.json')
    metric = dict(type='CocoMetric', ann_file=str(tmp_path / 'own.json'))
    label_files.check_metric_files(metric, labels)
    metric['ann_file'] = str(tmp_path / 'other.json')
    for evaluator in (metric, [metric], {'metrics': [metric]}):
        with pytest.raises(ValueError, match=r'ann_file of CocoMetric .*other\.json: several'):
            label_files.check_metric_files(evaluator, labels)


@pytest.mark.parametrize(
    ('change', 'options', 'reason'),
    [
        ({'iscrowd': None}, {}, 'annotation 5: it has no field "iscrowd"; the metric needs'),
        ({'area': None}, {}, 'no field "area"; the metric needs iscrowd, area .*use_area=False'),
        ({'area': 0}, {}, 'its "area", by which the metric divides distances, is 0'),
        ({'area': None}, {'use_area': False}, None),
        ({'num_keypoints': None}, {}, None),
        ({'num_keypoints': None}, {'iou_type': 'keypoints_crowd'}, 'no field "num_keypoints"'),
        ({'category_id': 0}, {}, r'categories are .1., its annotations also of category_id .0.'),
    ],
)
def test_what_cocos_metric_would_miss_is_said(tmp_path, said, change, options, reason):
    persons = [annotation(**change), annotation(id=6)]
    (tmp_path / 'labels.json').write_text(json.dumps(document_of(persons)))
    try:  # without a file of its own it reads the data set's labels
        labels = dict(data_root=str(tmp_path), ann_file='labels.json')
        label_files.check_metric_files(dict(type='CocoMetric', **options), labels)
    except ValueError as error:
        said.append(str(error))
    assert len(said) == bool(reason)
    assert all(re.search(reason, text) for text in said)
