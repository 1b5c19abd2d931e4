"""Pretrained weights: within reach, out of reach, and of another network."""

import contextlib
from datetime import timedelta
from pathlib import Path
from urllib.error import HTTPError, URLError

import pytest
import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from mmengine.config import Config
from mmengine.model import initialize
from mmpose.registry import MODELS
from torch import nn

from mmpose_stable.engine import PretrainedIfAvailable

ROOT = Path(__file__).parents[2]
RHD = ('hrnet_w32', 'mobilenetv2', 'shufflenetv2', 'vgg19_bn')
BASES = ['cl_resnet50_lsp.py', *(f'stable/rhd_{name}/base.py' for name in RHD)]


def out_of_reach(*args, **kwargs):
    raise URLError('no network')


def test_weights_out_of_reach_are_warned_about_and_training_goes_on(monkeypatch):
    monkeypatch.setattr('mmengine.runner.checkpoint.load_url', out_of_reach)
    model = nn.Conv2d(3, 8, 3)
    messages = []
    monkeypatch.setattr(
        'mmpose_stable.engine.pretrained.print_log', lambda text, **kwargs: messages.append(text)
    )
    constant = {'type': 'Constant', 'layer': 'Conv2d', 'val': 0.5}
    pretrained = {'type': 'PretrainedIfAvailable', 'checkpoint': 'torchvision://resnet18'}
    initialize(model, [constant, pretrained])
    assert (model.weight == 0.5).all()
    assert len(messages) == 1
    assert 'STARTS FROM SCRATCH' in messages[0]


def start_without_weights(rank, store):
    dist.init_process_group(
        'gloo', f'file://{store}', world_size=2, rank=rank, timeout=timedelta(seconds=30)
    )
    PretrainedIfAvailable('https://example.org/a.pth')(nn.Conv2d(3, 8, 3))
    ranks = torch.tensor(float(rank))
    dist.all_reduce(ranks)  # what DDP does next; a process that still waits would not take part
    assert ranks == 1
    dist.destroy_process_group()


def test_processes_without_weights_start_together(monkeypatch, tmp_path):
    monkeypatch.setattr('mmengine.runner.checkpoint.load_url', out_of_reach)
    mp.start_processes(start_without_weights, (tmp_path / 'store',), 2, start_method='fork')


@pytest.mark.parametrize(('code', 'forgiven'), [(404, False), (503, True)])
def test_an_address_that_the_server_does_not_know_stays_an_error(monkeypatch, code, forgiven):
    def answer(*args, **kwargs):
        raise HTTPError('https://example.org/a.pth', code, 'no', {}, None)

    monkeypatch.setattr('mmengine.runner.checkpoint.load_url', answer)
    with contextlib.nullcontext() if forgiven else pytest.raises(HTTPError):
        PretrainedIfAvailable('https://example.org/a.pth')(nn.Conv2d(3, 8, 3))


def test_a_missing_local_file_stays_an_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        PretrainedIfAvailable(str(tmp_path / 'none.pth'))(nn.Conv2d(3, 8, 3))


@pytest.mark.parametrize('prefix', [None, 'backbone'])
def test_weights_within_reach_are_loaded_also_below_a_prefix(tmp_path, prefix):
    source, target = nn.Conv2d(3, 8, 3), nn.Conv2d(3, 8, 3)
    saved = nn.ModuleDict({'backbone': source}) if prefix else source
    torch.save(saved.state_dict(), tmp_path / 'weights.pth')
    PretrainedIfAvailable(str(tmp_path / 'weights.pth'), prefix=prefix)(target)
    assert torch.equal(source.weight, target.weight)


@pytest.mark.parametrize('config', BASES)
def test_the_weights_of_a_backbone_are_those_of_the_file_after_all_initialisation(config, tmp_path):
    backbone = Config.fromfile(ROOT / 'configs' / config).model.backbone
    backbone.init_cfg = backbone.init_cfg[-1:]
    backbone.init_cfg[0].checkpoint = str(tmp_path / 'weights.pth')
    source, target = MODELS.build(backbone), MODELS.build(backbone)
    for value in source.state_dict().values():
        value.add_(1)
    torch.save(source.state_dict(), tmp_path / 'weights.pth')
    target.init_weights()
    expected = source.state_dict()
    assert [n for n, value in target.state_dict().items() if not value.equal(expected[n])] == []


@pytest.mark.parametrize(
    'weights',
    [
        nn.Conv2d(3, 4, 5).state_dict(),
        nn.ModuleDict({'conv': nn.Conv2d(3, 8, 3)}).state_dict(),
    ],
    ids=['shape', 'name'],
)
def test_a_file_of_which_nothing_fits_stays_an_error(tmp_path, weights):
    torch.save(weights, tmp_path / 'weights.pth')
    with pytest.raises(ValueError, match=r'no weight of this Conv2d: it has .*weight.*expected'):
        PretrainedIfAvailable(str(tmp_path / 'weights.pth'))(nn.Conv2d(3, 8, 3))
