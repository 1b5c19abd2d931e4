"""Pretrained weights: within reach, out of reach, and of another network."""

from datetime import timedelta
from pathlib import Path
from unittest.mock import Mock
from urllib.error import HTTPError, URLError

import pytest
import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from mmengine.config import Config
from mmengine.model import initialize
from mmpose.registry import MODELS
from torch import nn

from mmpose_stable.engine import PretrainedIfAvailable, pretrained

ROOT = Path(__file__).parents[2]
BASES = ['cl_resnet50_lsp', 'stable/rhd_mobilenetv2/base', 'stable/rhd_shufflenetv2/base']
ADDRESS = 'https://example.org/a.pth'


def fail_to_download(monkeypatch, error=None):
    load_url = Mock(side_effect=error or URLError('no network'))
    monkeypatch.setattr('mmengine.runner.checkpoint.load_url', load_url)


@pytest.mark.parametrize('error', [None, HTTPError(ADDRESS, 503, 'no', {}, None)])
def test_weights_out_of_reach_are_warned_about_and_training_goes_on(error, monkeypatch):
    fail_to_download(monkeypatch, error)
    said = Mock()
    monkeypatch.setattr(pretrained, 'print_log', said)
    model = nn.Conv2d(3, 8, 3)
    constant = {'type': 'Constant', 'layer': 'Conv2d', 'val': 0.5}
    initialize(model, [constant, {'type': 'PretrainedIfAvailable', 'checkpoint': ADDRESS}])
    assert (model.weight == 0.5).all()
    said.assert_called_once()
    assert 'STARTS FROM SCRATCH' in said.call_args.args[0]


def test_an_address_that_the_server_does_not_know_stays_an_error(monkeypatch):
    fail_to_download(monkeypatch, HTTPError(ADDRESS, 404, 'no', {}, None))
    with pytest.raises(HTTPError):
        PretrainedIfAvailable(ADDRESS)(nn.Conv2d(3, 8, 3))


def start_without_weights(rank, store):
    dist.init_process_group(
        'gloo', f'file://{store}', world_size=2, rank=rank, timeout=timedelta(seconds=30)
    )
    PretrainedIfAvailable(ADDRESS)(nn.Conv2d(3, 8, 3))
    ranks = torch.tensor(float(rank))
    dist.all_reduce(ranks)  # what DDP does next; a process that still waits would not take part
    assert ranks == 1
    dist.destroy_process_group()


def test_processes_without_weights_start_together(monkeypatch, tmp_path):
    fail_to_download(monkeypatch)
    mp.start_processes(start_without_weights, (tmp_path / 'store',), 2, start_method='fork')


def test_a_missing_local_file_stays_an_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        PretrainedIfAvailable(str(tmp_path / 'none.pth'))(nn.Conv2d(3, 8, 3))


def test_weights_below_a_prefix_are_loaded(tmp_path):
    source, target = nn.Conv2d(3, 8, 3), nn.Conv2d(3, 8, 3)
    torch.save(nn.ModuleDict({'backbone': source}).state_dict(), tmp_path / 'weights.pth')
    PretrainedIfAvailable(str(tmp_path / 'weights.pth'), prefix='backbone')(target)
    assert torch.equal(source.weight, target.weight)


@pytest.mark.parametrize('config', BASES)
def test_the_weights_of_a_backbone_are_those_of_the_file_after_all_initialisation(config, tmp_path):
    backbone = Config.fromfile(ROOT / 'configs' / f'{config}.py').model.backbone
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
    'saved', [nn.Conv2d(3, 4, 5), nn.Sequential(nn.Conv2d(3, 8, 3))], ids=['shape', 'name']
)
def test_a_file_of_which_nothing_fits_stays_an_error(tmp_path, saved):
    torch.save(saved.state_dict(), tmp_path / 'weights.pth')
    with pytest.raises(ValueError, match=r'no weight of this Conv2d: it has .*weight.*expected'):
        PretrainedIfAvailable(str(tmp_path / 'weights.pth'))(nn.Conv2d(3, 8, 3))
