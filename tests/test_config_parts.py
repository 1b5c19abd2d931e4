"""What a config names."""

import pytest
from mmengine.config import Config

from mmpose_stable.config_parts import read_config, replace_data_root


def coco_like(root, moved):
    """The paths that a config has below its data root, and others, which never move."""
    # The data set itself joins its annotation file to its root.
    dataset = dict(data_root=root, ann_file='annotations/a.json', bbox_file=moved + 'boxes.json')
    return dict(
        data_root=root,
        train_dataloader=dict(batch_size=2, dataset=dataset),
        val_evaluator=[dict(ann_file=moved + 'annotations/val.json'), dict(norm_factor=30)],
        parts=(moved + 'data/coco/a', 'elsewhere/data/coco/b', 'data/coco_wholebody/val.json'),
    )


@pytest.mark.parametrize('given', ['new/place', 'new/place/', 'data/coco', 'data/coco/new'])
@pytest.mark.parametrize('old', ['data/coco', 'data/coco/'])
def test_every_path_below_the_data_root_moves_and_nothing_else_does(given, old):
    cfg = Config(coco_like(old, 'data/coco/'))
    replace_data_root(cfg, given)
    whole = given.rstrip('/') + '/'
    assert cfg.to_dict() == coco_like(whole, whole)


def test_config_without_data_root_is_an_error():
    with pytest.raises(ValueError, match='top-level `data_root`'):
        replace_data_root(Config(dict(other=1)), 'new')


@pytest.mark.parametrize(('given', 'scope'), [('None', 'mmpose'), ("'mine'", 'mine')])
def test_a_config_that_names_classes_gets_a_scope_for_texts(tmp_path, given, scope):
    path = tmp_path / 'config.py'
    path.write_text(f'default_scope = {given}\nmodel = dict()\n')
    assert read_config(path).default_scope == scope
