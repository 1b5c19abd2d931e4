"""Every config is short, agrees with itself, and trains and predicts; what is wrong is named."""

import json
import math
from pathlib import Path

import pytest
import torch
import torchvision
from built_models import walk
from mmengine.config import Config
from mmengine.runner import Runner
from mmengine.runner.checkpoint import get_mmcls_models
from mmpose.registry import MODELS
from tiny_data_sets import NUM_PERSONS, leaf_datasets, shrink, write_files

CONFIGS = Path(__file__).resolve().parents[2] / 'configs'
LEAVES = sorted(p for p in CONFIGS.rglob('*.py') if '_base_' not in p.relative_to(CONFIGS).parts)
# One of each kind: data set, backbone, loss and number of deconvolutions, and every method. The
# others differ from these in sizes.
TRAINED = [
    'cl_resnet50_coco',
    'cl_resnet50_mpii',
    'cl_resnet50_lsp_stride4',
    'cl_resnet50_lsp_g_rmi',
    'cl_resnet50_lsp_peak_mse',
    'cl_hourglass8_lsp',
    'demo_hands',
    'stable/coco_resnet50/base',
    'stable/stb_mobilenetv2/base',
    *(
        f'stable/rhd_{name}/base'
        for name in ('shufflenetv2', 'hrnet_w32', 'vgg19_bn', 'hourglass2')
    ),
    *(f'stable/hands/{path.stem}' for path in sorted(CONFIGS.glob('stable/hands/*.py'))),
]


def name(path):
    return path.relative_to(CONFIGS).with_suffix('').as_posix()


every_config = pytest.mark.parametrize('path', LEAVES, ids=name)


def test_no_two_configs_are_equal():
    texts = [repr(Config.fromfile(path).to_dict()) for path in LEAVES]
    assert [LEAVES[texts.index(text)] for text in texts] == LEAVES


@every_config
def test_config_is_short_and_agrees_with_itself(path):
    assert len(path.read_text(encoding='utf-8').splitlines()) <= 40
    cfg = Config.fromfile(path)
    decoders = [part['decoder'] for part in walk(cfg.model) if 'decoder' in part]
    encoders = [part['encoder'] for part in walk(cfg.train_dataloader) if 'encoder' in part]
    assert decoders
    assert len(encoders) == len(leaf_datasets(cfg.train_dataloader.dataset))
    # Which cells vote is a matter of decoding alone; the maps are the same.
    votes = {'peak'} if 'peak_mse' in path.stem else {'likely'}
    assert {decoder.pop('voters', 'likely') for decoder in decoders} == votes
    assert all(codec == cfg.codec for codec in decoders + encoders)
    for loader in (cfg.train_dataloader, cfg.val_dataloader, cfg.test_dataloader):
        crops = [part for part in walk(loader) if part.get('type') == 'TopdownAffine']
        assert crops
        assert all(crop['input_size'] == cfg.codec['input_size'] for crop in crops)
    assert cfg.custom_imports == {'imports': ['mmpose_stable'], 'allow_failed_imports': False}
    length = cfg.train_cfg.max_epochs if cfg.train_cfg.get('by_epoch') else cfg.train_cfg.max_iters
    drops = [part for part in cfg.param_scheduler if part['type'] == 'MultiStepLR']
    assert drops
    for drop in drops:
        assert drop.by_epoch == bool(cfg.train_cfg.get('by_epoch'))
        assert max(drop.milestones) < drop.end == length


@every_config
def test_config_builds_a_model_whose_pretrained_weights_are_known(path):
    cfg = Config.fromfile(path)
    with torch.device('meta'):
        model = MODELS.build(cfg.model)
    inits = cfg.model.backbone.get('init_cfg') or ()
    for address in [init['checkpoint'] for init in inits if 'checkpoint' in init]:
        scheme, name = address.split('://')
        assert scheme in ('torchvision', 'mmcls', 'https')
        if scheme == 'mmcls':  # made of the same backbones as MMPose
            assert name in get_mmcls_models()
        if scheme == 'torchvision':
            with torch.device('meta'):
                theirs = torchvision.models.get_model(name).state_dict()
            ours = model.backbone.state_dict()
            assert ours
            assert all(theirs[name].shape == value.shape for name, value in ours.items())


def make_fast(cfg):
    """Take two stacks for eight, and crops of a quarter of the side where 32 still divides it."""
    if cfg.model.backbone.get('num_stacks') == 8:
        cfg.model.backbone.num_stacks = cfg.model.head.num_stacks = 2
    elif 'num_stacks' not in cfg.model.backbone and not any(s % 128 for s in cfg.codec.input_size):
        names = {'input_size', 'heatmap_size'} & cfg.codec.keys()
        sizes = {name: tuple(side // 4 for side in cfg.codec[name]) for name in names}
        for half in (cfg.model, cfg.train_dataloader, cfg.val_dataloader):
            for part in walk(half):
                part.update({name: sizes[name] for name in sizes.keys() & part.keys()})


@pytest.mark.parametrize('stem', TRAINED)
def test_config_trains_and_predicts(stem, tmp_path):
    cfg = Config.fromfile(CONFIGS / f'{stem}.py')
    best = cfg.default_hooks.checkpoint.get('save_best')
    shrink(cfg, tmp_path)
    make_fast(cfg)
    runner = Runner.from_cfg(cfg)
    runner.train()
    losses = runner.message_hub.get_scalar('train/loss').data[0]
    assert len(losses) == 2
    assert all(math.isfinite(loss) and loss > 0 for loss in losses)
    # A parameter without a gradient would stop distributed training.
    trained = runner.optim_wrapper.optimizer.state
    parameters = runner.model.named_parameters()
    idle = [key for key, value in parameters if value.requires_grad and value not in trained]
    assert idle == []
    scores = [key for key in runner.message_hub.log_scalars if key.startswith('val/')]
    assert len(scores) > 2  # besides the times
    assert best is None or f'val/{best}' in scores


@pytest.mark.parametrize('stem', ['cl_resnet50_coco_test_dev', 'cl_resnet50_mpii_test'])
def test_a_test_set_without_labels_gives_a_file_of_predictions(stem, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    cfg = Config.fromfile(CONFIGS / f'{stem}.py')
    shrink(cfg, tmp_path)
    dataset = cfg.test_dataloader.dataset
    write_files(dataset)
    labels = Path(dataset.data_root, dataset.ann_file)
    document = json.loads(labels.read_text())
    if isinstance(document, dict):
        del document['annotations']
        labels.write_text(json.dumps(document))
    cfg.test_dataloader.update(batch_size=1, num_workers=0, persistent_workers=False)
    Runner.from_cfg(cfg).test()
    (written,) = tmp_path.glob('*.keypoints.json')
    assert len(json.loads(written.read_text())) == NUM_PERSONS


@pytest.mark.parametrize(
    ('pictures', 'labels', 'message'),
    [
        (b'no picture', {}, r'00000\d\.jpg'),
        (
            None,
            dict(bbox=[500, 10, 30, 30]),
            r'annotation 1 of 000001\.jpg.*outside of the image of 200x160.*on_fault="skip"',
        ),
    ],
)
def test_wrong_data_stop_the_training(pictures, labels, message, tmp_path):
    cfg = Config.fromfile(CONFIGS / 'cl_resnet50_lsp.py')
    shrink(cfg, tmp_path)
    cfg.val_cfg = cfg.val_dataloader = cfg.val_evaluator = None
    for file in tmp_path.rglob('*.json'):
        document = json.loads(file.read_text())
        document['annotations'] = [{**one, **labels} for one in document['annotations']]
        file.write_text(json.dumps(document))
    for file in tmp_path.rglob('*.jpg'):
        file.write_bytes(pictures or file.read_bytes())
    with pytest.raises(Exception, match=message):
        Runner.from_cfg(cfg).train()
