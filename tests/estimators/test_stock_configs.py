"""The lines of the documentation turn MMPose's own configs into stability-trained ones."""

import re

import pytest
import torch
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.optim import OptimWrapper
from mmpose.registry import DATASETS, MODELS
from resized import resized

from mmpose_stable.config_parts import read_config
from mmpose_stable.methods import apply_method
from mmpose_stable.stabilize.derived import plain

STOCK = {
    'mobilenetv2': 'topdown_heatmap/coco/td-hm_mobilenetv2_8xb64-210e_coco-256x192.py',
    'simcc_res50': 'simcc/coco/simcc_res50_8xb64-210e_coco-256x192.py',
    'vitpose_s': 'topdown_heatmap/coco/td-hm_ViTPose-small_8xb64-210e_coco-256x192.py',
}

# Half of every size in these configs: a quarter of the work, and nothing else changes.
HALF = {(192, 256): (96, 128), (256, 192): (128, 96), (48, 64): (24, 32), (6, 8): (3, 4)}


def stock(name):
    return f'mmpose::body_2d_keypoint/{STOCK[name]}'


def documented(repo, start, page='stability_training'):
    """Return the Python block of the page that starts with the given text."""
    text = (repo / 'docs' / f'{page}.md').read_text(encoding='utf-8')
    blocks = re.findall(r'```python\n(.*?)```', text, re.DOTALL)
    (block,) = (block for block in blocks if block.startswith(start))
    return block


def load(path):
    """Return a config with its sizes halved."""
    return Config(resized(read_config(path).to_dict(), HALF))


@pytest.fixture
def train(tmp_path, shared_data):
    """Train a config of so many lines on two samples; return the model and the last log."""

    def run(lines):
        (tmp_path / 'converted.py').write_text(lines, encoding='utf-8')
        cfg = load(tmp_path / 'converted.py')
        cfg.train_dataloader.dataset.data_root = str(shared_data / 'coco_mini')
        dataset = DATASETS.build(cfg.train_dataloader.dataset)
        model = MODELS.build(cfg.model).train()
        optimizer = OptimWrapper(torch.optim.SGD(model.parameters(), lr=1e-3))
        for index in range(2):
            log = model.train_step(pseudo_collate([dataset[index]]), optimizer)
        return model, log

    return run


@pytest.mark.parametrize('name', STOCK)
def test_stock_config_trains_two_iterations_and_loads_back(name, repo, train):
    model, log = train(documented(repo, '_base_ = [').replace('my_config.py', stock(name)))
    assert torch.isfinite(log['loss'])
    assert log['loss_mst'] > 0
    assert 0 <= log['unmoved'] <= 1
    MODELS.build(load(stock(name)).model).load_state_dict(model.state_dict(), strict=True)


def test_the_documented_short_training_has_the_schedule_of_the_study(repo, tmp_path):
    path, name = tmp_path / 'short.py', stock('mobilenetv2')
    path.write_text(documented(repo, "_base_ = 'YOUR").replace('YOUR_CONFIG.py', name))
    cfg, study = apply_method(read_config(path), 'rhm'), plain(read_config(name), 'x.pth')
    assert cfg.param_scheduler == study.param_scheduler
    assert cfg.optim_wrapper.optimizer == study.optim_wrapper.optimizer
    assert cfg.train_cfg.max_iters == study.train_cfg.max_iters
    assert cfg.train_dataloader.batch_size == study.train_dataloader.batch_size


def test_documented_lines_for_rcc_and_hdhr_train_on_a_stock_config(repo, train):
    model, log = train(
        f"_base_ = ['{stock('mobilenetv2')}']\n"
        + documented(repo, 'codec', 'stable_regression')
        + 'train_pipeline = _base_.train_pipeline\n'
        + "train_pipeline[-2] = dict(type='GenerateTarget', encoder=codec)\n"
        + 'train_dataloader = dict(dataset=dict(pipeline=train_pipeline))\n'
    )
    assert type(model.head).__name__ == 'RCCHead'
    assert type(model.head.decoder).__name__ == 'HDHeatmap'
    assert torch.isfinite(log['loss_kpt'])
