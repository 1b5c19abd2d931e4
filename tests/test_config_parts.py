"""What a config names."""

import copy

import pytest
from mmengine.config import Config
from mmpose.datasets.transforms import PackPoseInputs

from mmpose_stable.config_parts import replace_data_root, type_name


def coco_like():
    root = 'data/coco/'
    dataset = dict(
        type='CocoDataset',
        data_root=root,
        ann_file='annotations/train.json',  # joined to data_root by the data set itself
        data_prefix=dict(img='train/'),
        bbox_file=root + 'person_detection_results/boxes.json',
    )
    return dict(
        data_root=root,
        train_dataloader=dict(batch_size=2, dataset=dataset),
        val_evaluator=[
            dict(type='CocoMetric', ann_file=root + 'annotations/val.json'),
            dict(type='AUC', norm_factor=30),
        ],
        parts=(root + 'a', 'elsewhere/data/coco/b'),
    )


def test_every_path_below_the_data_root_moves_and_nothing_else_does():
    cfg = Config(coco_like())
    replace_data_root(cfg, 'new/place')

    expected = coco_like()
    expected['data_root'] = 'new/place/'
    dataset = expected['train_dataloader']['dataset']
    dataset['data_root'] = 'new/place/'
    dataset['bbox_file'] = 'new/place/person_detection_results/boxes.json'
    expected['val_evaluator'][0]['ann_file'] = 'new/place/annotations/val.json'
    expected['parts'] = ('new/place/a', 'elsewhere/data/coco/b')
    assert cfg.to_dict() == expected


@pytest.mark.parametrize('given', ['new/place', 'new/place/'])
@pytest.mark.parametrize('old', ['data/coco', 'data/coco/'])
def test_slash_at_the_end_makes_no_difference(given, old):
    cfg = Config(
        dict(data_root=old, train=dict(data_root='data/coco'), ann_file='data/coco/val.json')
    )
    replace_data_root(cfg, given)
    assert cfg.train.data_root.rstrip('/') == 'new/place'
    assert cfg.ann_file == 'new/place/val.json'


def test_folder_whose_name_only_begins_like_the_data_root_stays():
    cfg = Config(dict(data_root='data/coco/', ann_file='data/coco_wholebody/val.json'))
    replace_data_root(cfg, 'new')
    assert cfg.ann_file == 'data/coco_wholebody/val.json'


def test_same_data_root_changes_nothing():
    cfg = Config(coco_like())
    before = copy.deepcopy(cfg.to_dict())
    replace_data_root(cfg, 'data/coco/')
    assert cfg.to_dict() == before


@pytest.mark.parametrize('content', [{}, dict(data_root=''), dict(data_root=None)])
def test_config_without_data_root_is_an_error(content):
    with pytest.raises(ValueError, match='top-level `data_root`'):
        replace_data_root(Config(dict(content, other=1)), 'new')


def test_shared_evaluator_moves_once():
    evaluator = dict(ann_file='data/val.json')
    cfg = Config(dict(data_root='data/', val_evaluator=evaluator, test_evaluator=evaluator))
    replace_data_root(cfg, 'data/data')
    assert cfg.val_evaluator.ann_file == cfg.test_evaluator.ann_file == 'data/data/val.json'


@pytest.mark.parametrize('kind', ['PackPoseInputs', PackPoseInputs])
def test_a_text_and_a_class_have_one_name(kind):
    assert type_name({'type': kind}) == 'PackPoseInputs'
