"""Heatmaps under a perturbation: the cut through both maxima, the examples, and the command."""

import re
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from compare_heatmaps import main, said_of_movement
from heatmap_examples import collect_examples, most_moved, only_keypoint, peak_profile
from scipy.interpolate import RegularGridInterpolator
from shown_pictures import open_test_set

from mmpose_stable.model_files import load_model
from mmpose_stable.robustness.report.pictures import Example
from mmpose_stable.robustness.selection import Cell

INPUT = (48, 64)  # width and height; maps of 12 x 16 have a stride of 4


@pytest.mark.parametrize('start', [(3, 4), (0, 0), (11, 15), (0, 15), (11, 7), (6, 8)])
def test_a_profile_runs_through_both_maxima_to_the_borders_and_interpolates_bilinearly(start):
    end = (6, 8)
    clean, perturbed = np.random.default_rng(0).random((2, 16, 12))
    clean[start[::-1]] = perturbed[end[::-1]] = 2
    profile = peak_profile(clean, perturbed, INPUT, count=7)
    # A peak that stays is cut along its row.
    along = np.subtract(end, start) if start != end else np.array([1, 0])
    steps = profile.position / (4 * np.hypot(*along))
    assert (np.diff(steps) > 0).all()
    places = (np.array(start) + along * steps[:, None])[:, ::-1].clip(0, (15, 11))
    for found, values in zip(profile[1:], (clean, perturbed), strict=True):
        interpolated = RegularGridInterpolator((np.arange(16), np.arange(12)), values)
        np.testing.assert_allclose(found, interpolated(places), atol=1e-6)
        assert found.max() == pytest.approx(2)
    borders = np.minimum(places, (15, 11) - places)
    np.testing.assert_allclose(borders[[0, -1]].min(1), 0, atol=1e-9)


def example(moved=((0.0, 0.0),), labelled=(True,), clean=None, perturbed=None):
    still, blank = np.zeros((len(moved), 2)), np.zeros((4, 4, 3), np.uint8)
    labelled = np.array(labelled)
    return Example(blank, blank, still, np.array(moved), still, labelled, clean, perturbed)


def test_the_keypoint_that_moved_most_is_a_labelled_one():
    moved = [(1.0, 0), (5, 0), (9, 0)]
    assert most_moved(example(moved, [True, True, False])) == 1
    assert most_moved(example(moved, [False] * 3)) == 2
    assert only_keypoint(example(moved, [True] * 3), 1).movement == 5


@pytest.mark.parametrize('empty', [0.0, np.nan])
def test_a_keypoint_without_a_peak_is_said_to_be_located_nowhere(empty):
    peak, flat = np.eye(16, 12)[None], np.full((1, 16, 12), empty)
    assert said_of_movement(example()) == '0.0 px'
    assert said_of_movement(example(clean=peak, perturbed=peak)) == '0.0 px'
    nowhere = '0.0 px (no positive value in the {} heatmap, so located nowhere)'
    for clean, names in ((peak, 'perturbed'), (flat, 'clean and the perturbed')):
        said = said_of_movement(example(clean=clean, perturbed=flat))
        assert said == nowhere.format(names)


def test_examples_hold_the_models_own_predictions_and_maps(heatmap):
    model = load_model(*heatmap, 'cpu')
    cell = Cell('saturate', 5)
    dataset = open_test_set(model.cfg, [cell], seed=0)
    first, second = collect_examples(model, dataset, [2, 0], cell)
    (alone,) = collect_examples(model, dataset, [0], cell)
    np.testing.assert_array_equal(alone.clean, second.clean)
    assert not np.array_equal(first.clean, second.clean)
    assert not np.array_equal(first.clean, first.perturbed)
    assert first.clean_maps.shape == first.perturbed_maps.shape == (21, 16, 16)
    # The picture is RGB, the network's input BGR.
    picture = torch.from_numpy(first.perturbed[..., ::-1].copy()).permute(2, 0, 1)
    batch = model.data_preprocessor({'inputs': [picture], 'data_samples': []}, False)
    with torch.no_grad():
        maps = model.head.forward(model.extract_feat(batch['inputs']))[0]
        mirrored = model.head.forward(model.extract_feat(batch['inputs'].flip(-1)))[0].flip(-1)
    shifted = torch.cat((mirrored[..., :1], mirrored[..., :-1]), -1)
    maps = ((maps + shifted) / 2).numpy()
    expected = maps.reshape(21, -1) / maps.max((1, 2))[:, None]
    found = first.perturbed_maps.reshape(21, -1)
    positive = maps.max((1, 2)) > 0  # others cannot be divided by their maximum
    assert positive.sum() > 5
    np.testing.assert_allclose(found[positive], expected[positive], rtol=5e-3, atol=5e-3)


def test_the_command_draws_a_picture_a_sample(composite, heatmap, tmp_path, capsys):
    words = [*composite, *heatmap, '--names', 'CL,SB', '--index', '2', '0', '--device', 'cpu']
    main([*words, '--keypoint', '8', '--kind', 'spatter', '--out', str(tmp_path / 'out')])
    drawn = sorted(path.name for path in (tmp_path / 'out').iterdir())
    assert drawn == ['heatmaps_0.png', 'heatmaps_2.png']
    pictures = [cv2.imread(str(tmp_path / 'out' / name)) for name in drawn]
    assert min(pictures[0].shape[:2]) > 300
    assert not np.array_equal(*pictures)
    assert 'moved by CL' in capsys.readouterr().out


def test_an_unknown_keypoint_is_one_clear_error(composite, tmp_path, capsys):
    words = [*composite, '--index', '0', '--device', 'cpu', '--out', str(tmp_path / 'out')]
    with pytest.raises(SystemExit):
        main([*words, '--keypoint', 'nose'])
    assert '--keypoint: expected a number below 21 or one of wrist' in capsys.readouterr().err
    assert not (tmp_path / 'out').exists()


def test_models_with_other_test_sets_are_refused(composite, heatmap, tmp_path, capsys):
    other = Path(heatmap[0]).with_name('other.py')
    text = 'test_dataloader = dict(dataset=dict(ann_file="train.json"))'
    other.write_text(f'_base_ = {heatmap[0]!r}\n{text}\n')
    words = [*composite, str(other), heatmap[1], '--index', '1', '--device', 'cpu']
    with pytest.raises(SystemExit):
        main([*words, '--out', str(tmp_path / 'out')])
    error = capsys.readouterr().err.splitlines()[-1]
    assert re.search(r'--index 1: expected the same sample.* got .* for .* and .* for ', error)
    assert not any(tmp_path.iterdir())
