"""Bad data and bad configs stop a training in the runner with one error that says what is wrong."""

import json
from pathlib import Path

import pytest
from mmengine.config import Config
from mmengine.runner import Runner
from tiny_data_sets import leaf_datasets, shrink, walk

import mmpose_stable  # noqa: F401

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


def change_parts(key, **fields):
    """Return a change to everything that the config has under a key, such as each `encoder`."""

    def change(cfg):
        parts = [part for half in (cfg.model, cfg.train_dataloader) for part in walk(half)]
        found = [part[key] for part in parts if key in part]
        assert found
        for part in found:
            part.update(fields)

    return change


def change_codec(**fields):
    def change(cfg):
        change_parts('encoder', **fields)(cfg)
        change_parts('decoder', **fields)(cfg)

    return change


def change_crop(cfg):
    crops = [p for p in walk(cfg.train_dataloader) if p.get('type') == 'TopdownAffine']
    assert crops
    for crop in crops:
        crop['input_size'] = (288, 384)


@pytest.mark.parametrize('name', [OURS, STOCK])
def test_an_image_that_does_not_decode_is_named(name, train):
    def spoil_images(cfg):
        for dataset in leaf_datasets(cfg.train_dataloader.dataset):
            for image in Path(dataset.data_root, dataset.data_prefix.img).iterdir():
                image.write_bytes(b'no image')

    with pytest.raises(Exception, match=r'00000\d\.jpg'):
        train(name, spoil_images)


def test_a_faulty_annotation_is_named_with_what_to_do(train):
    said = r'annotation 1 of 000001\.jpg.*outside of the image of 200x160.*on_fault="skip"'
    with pytest.raises(ValueError, match=said):
        train(OURS, change_annotation(bbox=[500, 10, 30, 30]))


def test_a_nan_that_a_data_set_of_mmpose_lets_through_stops_at_the_codec(train):
    with pytest.raises(ValueError, match=r'visible keypoints should be finite.*NaN'):
        train(STOCK, change_annotation(keypoints=[float('nan'), 5, 2] * 17))


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        (
            change_codec(input_size=(190, 256)),
            r'multiple of the stride.*`codec\.input_size`',
        ),
        (change_parts('decoder', stride=8), r'head and codec disagree.*codec\.stride'),
        (change_parts('encoder', stride=8), r'head and encoder disagree.*GenerateTarget\.encoder'),
        (change_crop, r'head and pipeline disagree.*TopdownAffine'),
        (
            change_parts('decoder', stride=8, input_size=(96, 128)),
            r'head and pipeline disagree.*`head\.decoder\.input_size` is \(96, 128\)',
        ),
        (
            change_parts('head', num_keypoints=14),
            r'head and encoder disagree.*`head\.num_keypoints`',
        ),
    ],
    ids=['no multiple of the stride', 'decoder', 'encoder', 'crop', 'equal maps', 'keypoints'],
)
def test_a_config_that_disagrees_with_itself_names_the_key(change, message, train):
    with pytest.raises(ValueError, match=message):
        train(STOCK, change)
