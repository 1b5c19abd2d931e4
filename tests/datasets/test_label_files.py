"""The commands check label files before they build a model."""

import json
import re

import pytest
import tiny_runs

from mmpose_stable.cli.test import main as run_test
from mmpose_stable.cli.train import main as run_train
from mmpose_stable.datasets import label_files


def share_ids(labels, out):
    """Write a label file again with one id for all annotations."""
    document = json.loads(labels.read_text())
    document['annotations'] = [{**annotation, 'id': 0} for annotation in document['annotations']]
    out.write_text(json.dumps(document))


@pytest.mark.parametrize('loader', ['train_dataloader', 'val_dataloader', 'test_dataloader'])
def test_training_and_testing_refuse_labels_that_mmpose_would_misread(tmp_path, loader):
    data = tiny_runs.write_data(tmp_path / 'data')
    share_ids(data / 'labels.json', data / 'labels.json')
    cfg = tiny_runs.tiny_config(data, tmp_path)
    cfg[loader] = cfg.test_dataloader
    cfg[loader].dataset.metainfo = {'from_file': 'configs/_base_/datasets/coco.py'}
    cfg.dump(tmp_path / 'tiny.py')
    words = [str(tmp_path / 'tiny.py'), '--work-dir', str(tmp_path)]
    with pytest.raises(ValueError, match=r'labels\.json: several annotations have the same id: 0'):
        run_test([*words, 'none.pth']) if loader == 'test_dataloader' else run_train(words)


def test_the_label_file_of_a_metric_is_checked_where_it_is_not_that_of_the_data_set(tmp_path):
    data = tiny_runs.write_data(tmp_path / 'data')
    cfg = tiny_runs.tiny_config(data, tmp_path)
    share_ids(data / 'labels.json', tmp_path / 'other.json')
    metric = {'type': 'CocoMetric', 'ann_file': str(data / 'labels.json')}
    label_files.check_metric_files(metric, cfg.test_dataloader.dataset)
    metric['ann_file'] = str(tmp_path / 'other.json')
    for evaluator in (metric, [metric], {'metrics': [metric]}):
        with pytest.raises(ValueError, match=r'ann_file of CocoMetric .*other\.json: several'):
            label_files.check_metric_files(evaluator, cfg.test_dataloader.dataset)


@pytest.mark.parametrize(
    ('change', 'options', 'reason'),
    [
        ({'iscrowd': None}, {}, 'annotation 100: it has no field "iscrowd"; the metric needs'),
        ({'area': None}, {}, 'no field "area"; the metric needs iscrowd, area .*use_area=False'),
        ({'area': 0}, {}, 'its "area", by which the metric divides distances, is 0'),
        ({'area': None}, {'use_area': False}, None),
        ({'num_keypoints': None}, {}, None),
        ({'num_keypoints': None}, {'iou_type': 'keypoints_crowd'}, 'no field "num_keypoints"'),
        (
            {'category_id': 0},
            {},
            r'categories are .1., its annotations also of category_id .0.',
        ),
    ],
)
def test_what_cocos_metric_would_miss_after_the_test_is_said_before(
    tmp_path, monkeypatch, change, options, reason
):
    data = tiny_runs.write_data(tmp_path / 'data')
    document = json.loads((data / 'labels.json').read_text())
    document['annotations'][0] |= change
    (data / 'labels.json').write_text(json.dumps(document))
    said = []
    monkeypatch.setattr(label_files, 'print_log', lambda text, **_: said.append(text))
    try:  # without a file of its own it reads the data set's labels
        dataset = {'data_root': str(data), 'ann_file': 'labels.json'}
        label_files.check_metric_files({'type': 'CocoMetric', **options}, dataset)
    except ValueError as error:
        said.append(str(error))
    assert len(said) == bool(reason)
    assert all(re.search(reason, text) for text in said)


def test_of_many_pictures_some_headers_are_read(tmp_path, monkeypatch):
    monkeypatch.setattr(label_files, 'SIZES_READ', 10)
    read = []
    monkeypatch.setattr(label_files, 'picture_size', lambda path: read.append(path.stem) or (3, 2))
    images = [{'id': n, 'file_name': f'{n}.png', 'width': 3, 'height': 2} for n in range(95)]
    assert label_files._size_fault(images, tmp_path) is None
    assert read == [str(n) for n in range(0, 95, 9)]
