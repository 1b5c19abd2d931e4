"""Bad data and bad configs stop a training in the runner with one error that says what is wrong."""

import json
from pathlib import Path

import pytest
from mmengine.config import Config
from mmengine.runner import Runner
from tiny_data_sets import leaf_datasets, shrink, walk

CONFIGS = Path(__file__).resolve().parents[2] / 'configs'
OURS = 'cl_resnet50_lsp.py'  # one of our data sets
STOCK = 'cl_resnet50_coco.py'  # a data set of MMPose


@pytest.fixture
def train(tmp_path):
    """Train a config on two made-up persons, after a change to the config or to their files."""

    def run(name, change):
        cfg = Config.fromfile(CONFIGS / name)
        shrink(cfg, tmp_path)
        cfg.val_cfg = cfg.val_dataloader = cfg.val_evaluator = None
        change(cfg)
        Runner.from_cfg(cfg).train()

    return run


def change_annotation(**fields):
    """Return a change to every annotation."""

    def change(cfg):
        for dataset in leaf_datasets(cfg.train_dataloader.dataset):
            file = Path(dataset.data_root, dataset.ann_file)
            document = json.loads(file.read_text())
            for annotation in document['annotations']:
                annotation.update(fields)
            file.write_text(json.dumps(document))

    return change


def change_crop(cfg):
    (crop,) = (p for p in walk(cfg.train_dataloader) if p.get('type') == 'TopdownAffine')
    crop['input_size'] = (288, 384)


def change_head(cfg):
    cfg.model.head.num_keypoints = 14


def spoil_images(cfg):
    for dataset in leaf_datasets(cfg.train_dataloader.dataset):
        for image in Path(dataset.data_root, dataset.data_prefix.img).iterdir():
            image.write_bytes(b'no image')


@pytest.mark.parametrize(
    ('name', 'change', 'message'),
    [
        (OURS, spoil_images, r'00000\d\.jpg'),
        (STOCK, spoil_images, r'00000\d\.jpg'),
        (
            OURS,
            change_annotation(bbox=[500, 10, 30, 30]),
            r'annotation 1 of 000001\.jpg.*outside of the image of 200x160.*on_fault="skip"',
        ),
        (  # what a data set of MMPose lets through stops at the codec
            STOCK,
            change_annotation(keypoints=[float('nan'), 5, 2] * 17),
            r'visible keypoints should be finite.*NaN',
        ),
        (STOCK, change_crop, r'head and pipeline disagree.*TopdownAffine'),
        (STOCK, change_head, r'head and encoder disagree.*`head\.num_keypoints`'),
    ],
)
def test_wrong_data_and_a_config_that_disagrees_with_itself_are_named(name, change, message, train):
    with pytest.raises(Exception, match=message):
        train(name, change)
