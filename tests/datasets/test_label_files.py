"""The commands check label files before they build a model."""

import json

import pytest
import tiny_runs

from mmpose_stable.cli.test import main as run_test
from mmpose_stable.cli.train import main as run_train


@pytest.mark.parametrize('loader', ['train_dataloader', 'val_dataloader', 'test_dataloader'])
def test_training_and_testing_refuse_labels_that_mmpose_would_misread(tmp_path, loader):
    data = tiny_runs.write_data(tmp_path / 'data')
    labels = json.loads((data / 'labels.json').read_text())
    for annotation in labels['annotations']:
        annotation['id'] = 0
    (data / 'labels.json').write_text(json.dumps(labels))
    cfg = tiny_runs.tiny_config(data, tmp_path)
    cfg[loader] = cfg.test_dataloader
    cfg[loader].dataset.metainfo = {'from_file': 'configs/_base_/datasets/coco.py'}
    cfg.dump(tmp_path / 'tiny.py')
    words = [str(tmp_path / 'tiny.py'), '--work-dir', str(tmp_path)]
    with pytest.raises(ValueError, match=r'labels\.json: several annotations have the same id: 0'):
        run_test([*words, 'none.pth']) if loader == 'test_dataloader' else run_train(words)
