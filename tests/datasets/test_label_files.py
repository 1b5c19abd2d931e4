"""The commands check label files before they build a model."""

import json

import pytest
import tiny_runs

from mmpose_stable.cli.test import main as run_test
from mmpose_stable.cli.train import main as run_train
from mmpose_stable.datasets import check_metric_files


def change_annotations(labels, **fields):
    """Write fields into all annotations of a label file."""
    document = json.loads(labels.read_text())
    document['annotations'] = [{**one, **fields} for one in document['annotations']]
    labels.write_text(json.dumps(document))


@pytest.fixture
def data(tmp_path):
    return tiny_runs.write_data(tmp_path / 'data')


@pytest.mark.parametrize('loader', ['train_dataloader', 'val_dataloader', 'test_dataloader'])
def test_training_and_testing_refuse_labels_that_mmpose_would_misread(tmp_path, data, loader):
    change_annotations(data / 'labels.json', id=0)
    cfg = tiny_runs.tiny_config(data, tmp_path)
    cfg[loader] = cfg.test_dataloader
    cfg[loader].dataset.metainfo = {'from_file': 'configs/_base_/datasets/coco.py'}
    cfg.dump(tmp_path / 'tiny.py')
    words = [str(tmp_path / 'tiny.py'), '--work-dir', str(tmp_path)]
    with pytest.raises(ValueError, match=r'labels\.json: several annotations have the same id: 0'):
        run_test([*words, 'none.pth']) if loader == 'test_dataloader' else run_train(words)


@pytest.mark.parametrize(
    ('fields', 'options', 'reason'),
    [
        ({}, {}, None),
        ({'id': 0}, {}, 'several annotations have the same id'),
        ({'iscrowd': None}, {}, 'annotation 100 has iscrowd None'),
        ({'area': None}, {}, r'area None; .* unless `use_area=False`'),
        ({'area': 0}, {}, 'area 0; the metric needs iscrowd, and divides distances by area'),
        ({'area': None}, {'use_area': False}, None),
    ],
)
@pytest.mark.parametrize('own_file', [True, False])
def test_what_cocos_metric_would_miss_after_the_test_is_said_before(
    data, fields, options, reason, own_file
):
    labels = data / 'labels.json'
    change_annotations(labels, **fields)
    dataset = {} if own_file else {'data_root': str(data), 'ann_file': 'labels.json'}
    metric = {'type': 'CocoMetric', **options, **({'ann_file': str(labels)} if own_file else {})}
    if not reason:
        check_metric_files({'metrics': [metric]}, dataset)
        return
    with pytest.raises(ValueError, match=rf'ann_file of CocoMetric .*labels\.json: .*{reason}'):
        check_metric_files({'metrics': [metric]}, dataset)
