"""The commands check label files before they build a model."""

import json

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


def test_of_many_pictures_some_headers_are_read(tmp_path, monkeypatch):
    monkeypatch.setattr(label_files, 'SIZES_READ', 10)
    read = []
    monkeypatch.setattr(label_files, 'picture_size', lambda path: read.append(path.stem) or (3, 2))
    images = [{'id': n, 'file_name': f'{n}.png', 'width': 3, 'height': 2} for n in range(95)]
    assert label_files._size_fault(images, tmp_path) is None
    assert read == [str(n) for n in range(0, 95, 9)]
