"""A config for COCO runs on a real, small COCO with nothing but the data root overridden."""

import json

import pytest

from mmpose_stable.cli.test import main as run_test
from mmpose_stable.cli.train import main as run_train

FEW_WORKERS = [
    f'{loader}_dataloader.{setting}'
    for loader in ('train', 'val', 'test')
    for setting in ('num_workers=0', 'persistent_workers=False')
]


@pytest.fixture(scope='module')
def coco(shared_data, tmp_path_factory):
    """Four photographs with 14 persons, in the folders that COCO has."""
    samples = shared_data / 'mmpose_samples' / 'coco'
    root = tmp_path_factory.mktemp('coco')
    (root / 'annotations').mkdir()
    for part in ('train', 'val'):
        labels = root / 'annotations' / f'person_keypoints_{part}2017.json'
        labels.symlink_to((samples / 'test_coco.json').resolve())
        (root / f'{part}2017').symlink_to(samples.resolve())
    return root


def test_it_trains_and_is_tested(coco, repo, tmp_path):
    config = str(repo / 'configs' / 'cl_resnet50_coco.py')
    small = ['model.backbone.depth=18', 'model.head.in_channels=256', *FEW_WORKERS]
    common = ['--data-root', str(coco), '--work-dir', str(tmp_path), '--cfg-options', *small]
    run_train(
        [config, '--no-validate', *common, 'train_cfg.max_epochs=1', 'model.backbone.init_cfg=']
    )
    out = tmp_path / 'metrics.json'
    metrics = run_test([config, str(tmp_path / 'epoch_1.pth'), '--out', str(out), *common])
    assert 0 <= metrics['coco/AP'] <= 1
    assert json.loads(out.read_text()) == pytest.approx(metrics)
