"""Loss surfaces: the grid of a known function, the head's own loss, and the command."""

import importlib
import json
import re

import cv2
import numpy as np
import pytest
import torch
from loss_grid import head_losses, loss_grid, rademacher_direction, unit_direction
from loss_surface import main
from mmengine.config import Config
from mmpose.datasets.transforms import PackPoseInputs
from shown_pictures import open_test_set

from mmpose_stable.model_files import load_model
from mmpose_stable.robustness.selection import Cell

SHAPE = (3, 4, 5)


def test_directions_have_a_root_mean_square_of_one_grey_level():
    difference = torch.randn(SHAPE) * 12 + 3
    direction, length = unit_direction(difference)
    assert direction.square().mean().item() == pytest.approx(1)
    torch.testing.assert_close(direction * length, difference)
    with pytest.raises(ValueError, match='the perturbed picture is the clean one'):
        unit_direction(torch.zeros(SHAPE))


def test_a_rademacher_vector_has_as_many_of_both_signs_and_depends_on_its_key():
    signs = rademacher_direction((3, 64, 64), 0, 7)
    assert set(signs.unique().tolist()) == {-1.0, 1.0}
    assert abs(signs.mean().item()) < 0.05
    assert torch.equal(signs, rademacher_direction((3, 64, 64), 0, 7))
    assert not torch.equal(signs, rademacher_direction((3, 64, 64), 1, 7))


@pytest.mark.parametrize('batch_size', [1, 4, 100])
def test_the_grid_of_a_plane_is_that_plane(batch_size):
    picture, first, second = torch.randn(3, *SHAPE).double().float()
    weights = torch.randn(SHAPE)
    x, y = np.array([-2.0, 0.0, 1.0, 5.0]), np.array([-1.0, 0.5, 3.0])

    def losses(pictures):
        assert len(pictures) <= batch_size
        return (pictures * weights).sum((1, 2, 3))

    grid = loss_grid(losses, picture, first, second, x, y, batch_size)
    a, b, c = ((part * weights).sum().item() for part in (picture, first, second))
    expected = [[a + p * b + q * c for p in x] for q in y]
    np.testing.assert_allclose(grid, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize('which', ['composite', 'heatmap'])
def test_losses_of_a_batch_are_the_heads_own_losses_of_each_picture(which, request):
    config, checkpoint = request.getfixturevalue(which)
    model = load_model(config, checkpoint, 'cpu')
    sample = open_test_set(model.cfg, [Cell('spatter', 3)], targets=True)[1]
    pictures = [torch.from_numpy(picture) for picture in sample['inputs']]
    found = head_losses(model, sample['data_sample'])(torch.stack(pictures).float())
    for picture, value in zip(pictures, found, strict=True):
        data = {'inputs': [picture], 'data_samples': [sample['data_sample']]}
        data = model.data_preprocessor(data, False)
        with torch.no_grad():
            own, _ = model.parse_losses(model.loss(**data))
        assert value.item() == pytest.approx(own.item(), rel=1e-4)
    assert found[0] != found[1]


def test_a_test_set_is_opened_with_the_classes_of_its_config(composite):
    cfg = Config.fromfile(composite[0])
    dataset = cfg.test_dataloader.dataset
    dataset.pipeline = [*dataset.pipeline[:-1], {'type': PackPoseInputs}]
    opened = open_test_set(cfg, [Cell('saturate', 3)], targets=True)
    assert 'heatmaps' in opened[0]['data_sample'].gt_fields


def test_the_command_draws_two_models_and_keeps_the_numbers(composite, heatmap, tmp_path):
    out = tmp_path / 'surface.png'
    words = [*composite, *heatmap, '--names', 'CL,SB', '--index', '2', '--steps', '3']
    main([*words, '--kind', 'frost', '--range', '8', '--device', 'cpu', '--out', str(out)])
    assert min(cv2.imread(str(out)).shape[:2]) > 200
    content = json.loads(out.with_suffix('.json').read_text())
    assert content['axis'] == [-8, 0, 8]
    assert [model['name'] for model in content['models']] == ['CL', 'SB']
    for model in content['models']:
        (point,) = model['points']
        assert np.shape(point['loss']) == (3, 3)
        assert point['loss'][1][1] == point['clean_loss']
        assert point['perturbed_at'] > 1
        assert len(set(np.ravel(point['loss']))) == 9


def refused(words, capsys):
    """Return the last line that the command says when it refuses its words."""
    with pytest.raises(SystemExit):
        main([*words, '--device', 'cpu'])
    return capsys.readouterr().err.splitlines()[-1]


@pytest.mark.parametrize(
    ('extra', 'message'),
    [
        (['--steps', '4'], '--steps: expected an odd number'),
        (['--index', '3'], r'--index: expected 0 to 2 \(the test set\), got \[3\]'),
        (['--kind', 'held-out'], 'kind: expected one of brightness'),
        (['--names', 'a,b'], '--names: expected 1 names, got 2'),
    ],
)
def test_a_wrong_option_is_one_clear_error(extra, message, composite, tmp_path, capsys):
    said = refused([*composite, '--out', str(tmp_path / 'a.png'), *extra], capsys)
    assert re.search(message, said)
    assert not any(tmp_path.iterdir())


def test_a_sample_without_labels_is_refused(composite, tmp_path, monkeypatch, capsys):
    opened = importlib.import_module(main.__module__).open_test_set

    def without_labels(*args, **kwargs):
        sample = opened(*args, **kwargs)[1]
        sample['data_sample'].gt_instance_labels.keypoint_weights[:] = 0
        return [sample, sample]

    monkeypatch.setattr(f'{main.__module__}.open_test_set', without_labels)
    monkeypatch.setattr(f'{main.__module__}.named_pictures', lambda *_: ['a'])
    said = refused([*composite, '--out', str(tmp_path / 'a.png'), '--index', '1'], capsys)
    assert re.search(r'--index 1: no keypoint .* labelled.*bbox_file=None', said)
    assert not any(tmp_path.iterdir())


def test_a_clean_loss_of_zero_has_no_relative_surface(composite, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(f'{main.__module__}._measure', lambda *_: np.zeros((1, 1, 3, 3)))
    words = [*composite, '--out', str(tmp_path / 'a.png'), '--index', '0', '--steps', '3']
    assert '--relative: the loss of' in refused([*words, '--relative'], capsys)
    assert [path.name for path in tmp_path.iterdir()] == ['a.json']
