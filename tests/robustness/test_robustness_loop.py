"""Whole runs of tiny models: every head type, and the same numbers as usual test passes."""

import copy
import json

import cv2
import numpy as np
import pytest
import tiny_runs
import torch
from mmengine.config import ConfigDict
from mmengine.runner import Runner
from mmpose.datasets.datasets import BaseCocoStyleDataset
from mmpose.registry import DATASETS

from mmpose_stable.perturbations.boxes import move_box
from mmpose_stable.robustness import load_examples, load_predictions, load_results

HEATMAP_MODELS = ('msra', 'dark', 'udp', 'udp_combined', 'vis_msra')
FEW = tiny_runs.FEW


@DATASETS.register_module()
class TinyDataset(BaseCocoStyleDataset):
    METAINFO = tiny_runs.META


@DATASETS.register_module()
class OtherDataset(BaseCocoStyleDataset):
    METAINFO = tiny_runs.META | {'dataset_name': 'other'}


def read(folder):
    return load_results(folder), load_predictions(folder / 'predictions.npz')


def run_of(cfg, *words, **settings):
    """Run a config in its work folder; return the result and the table."""
    tiny_runs.robustness_runner(cfg, *words, **settings).test()
    return read(tiny_runs.Path(cfg.work_dir) / 'robustness')


@pytest.mark.parametrize('model', list(tiny_runs.MODELS))
def test_every_head_type_gives_a_complete_result(finished, model):
    run = finished(model)
    (result, table), maps = read(run.folder), model in HEATMAP_MODELS
    assert not (run.folder / 'partial').exists()
    assert [(cell['kind'], cell['severity']) for cell in result['cells']] == list(table.cells)
    assert run.logged['robustness/R'] == pytest.approx(np.mean([c['r'] for c in result['cells']]))
    assert all(cell['r'] > 0 for cell in result['cells'])
    assert result['model']['heatmaps'] == table.has_maps == maps
    assert ('clean_maps' in load_examples(run.folder / 'examples.npz')) == maps
    assert [cell['certified_moved'] for cell in result['cells']] == [0 if maps else None] * 4
    assert ('robustness/D_n' in run.logged) == maps
    if maps:
        assert (table.map_position != table.map_position[:, :1]).any()
        assert table.map_certified[:, 0].all()  # a clean picture beside itself


@pytest.mark.parametrize(('model', 'at'), [('msra', 'image'), ('rle', 'crop'), ('dekr', 'image')])
def test_results_equal_one_usual_test_pass_a_perturbation(cfg, at):
    result, _ = run_of(cfg, '--perturbations', 'spatter', '--severities', '4', '--perturb-at', at)
    step, id_key = {'image': (1, 'img_id'), 'crop': (3, 'id')}[at]
    perturbation = ConfigDict(type='PerturbImage', kind='spatter', severity=4, id_key=id_key)
    for cell in [result['clean'], *result['cells']]:
        usual = copy.deepcopy(cfg)
        if cell['kind'] != 'clean':
            usual.test_dataloader.dataset.pipeline.insert(step, perturbation)
        expected = tiny_runs.lively(Runner.from_cfg(usual)).test()
        defined = {name: value for name, value in expected.items() if value != -1}
        found = {name: value for name, value in cell['metrics'].items() if value is not None}
        assert found == pytest.approx(defined, abs=1e-5)


@pytest.mark.parametrize('model', ['dekr', 'ae'])
def test_persons_of_whole_pictures_are_followed_and_lost(finished, model):
    run = finished(model)
    result, table = read(run.folder)
    examples = load_examples(run.folder / 'examples.npz')
    assert (~table.tracked).sum() == 7
    lost = [cell['lost_share'] for cell in result['cells']]
    assert 0 < np.mean(lost) <= 1
    assert run.logged['robustness/lost'] == pytest.approx(np.mean(lost))
    assert all(cell['ruc'][-1] <= 1 - cell['lost_share'] for cell in result['cells'])
    assert len(examples['index']) > 0
    assert np.isfinite(examples['keypoints_clean']).all()


def test_a_box_that_moves_is_measured_in_the_frame_of_the_clean_crop(cfg):
    result, table = run_of(cfg, '--perturbations', 'boxes', '--severities', '3')
    dataset = DATASETS.build(cfg.test_dataloader.dataset)
    load, center_scale, crop, pack = dataset.pipeline.transforms
    model = tiny_runs.lively(Runner.from_cfg(cfg)).model.eval()
    assert [cell['kind'] for cell in result['cells']] == ['box_shift', 'box_scale']
    for column, cell in enumerate(result['cells'], start=1):
        assert cell['certified_share'] is None
        for at in range(2):
            results = center_scale(load(dataset.get_data_info(at)))
            size = results['bbox'][:, 2:] - results['bbox'][:, :2]
            frame = results['bbox_center'], results['bbox_scale'], size
            center, scale = move_box(*frame, cell['kind'], 3, (0, results['id']))
            packed = pack(crop({**results, 'bbox_center': center, 'bbox_scale': scale}))
            with torch.no_grad():
                found = model.test_step({name: [value] for name, value in packed.items()})
            expected = found[0].pred_instances.keypoints[0]
            np.testing.assert_allclose(table.keypoints[at, column], expected, atol=1e-2)


def test_another_decoder_is_used_and_named(cfg, finished):
    own, table = read(finished('msra').folder)
    other, moved = run_of(cfg, *FEW, '--decoder', 'argmax')
    assert (own['model']['decoder'], other['model']['decoder']) == ('quarter', 'argmax')
    assert (table.keypoints != moved.keypoints).any()


def test_batch_size_chunk_size_and_workers_do_not_change_predictions(cfg, finished):
    cfg.test_dataloader.num_workers = 2
    _, one = run_of(cfg, *FEW, batch_size=1, chunk_size=1)
    many = load_predictions(finished('msra').folder / 'predictions.npz')
    for name, close in (('keypoints', 1e-3), ('map_gap', 1e-5), ('map_spread', 1e-1)):
        np.testing.assert_allclose(getattr(one, name), getattr(many, name), atol=close)
    for name in ('map_position', 'map_certified', 'sample_id'):
        np.testing.assert_array_equal(getattr(one, name), getattr(many, name))


def test_every_person_of_an_image_is_a_sample_with_its_labels(tiny_data, finished):
    table = load_predictions(finished('msra').folder / 'predictions.npz')
    labels = json.loads((tiny_data / 'labels.json').read_text())['annotations']
    true = np.array([a['keypoints'] for a in labels]).reshape(7, 5, 3)
    np.testing.assert_allclose(table.true_keypoints, true[..., :2], atol=1e-4)
    np.testing.assert_array_equal(table.labelled, true[..., 2] > 0)


def combination(dataset, parts=()):
    """Return a data set that is put together of parts, or of the given one alone."""
    common = {'metainfo': tiny_runs.META, 'pipeline': dataset.pipeline, 'test_mode': True}
    parts = parts or [{**dataset, 'pipeline': []}]
    return {'type': 'CombinedDataset', 'datasets': parts, **common}


@pytest.mark.parametrize('combined', [False, True])
def test_detected_boxes_count_all_keypoints_and_need_an_area(cfg, tmp_path, combined):
    box = {'image_id': 10, 'category_id': 1, 'bbox': [10, 10, 40, 50], 'score': 0.9}
    boxes = [box, {**box, 'image_id': 12}, {**box, 'bbox': [10, 10, 0, 50]}]
    (tmp_path / 'boxes.json').write_text(json.dumps(boxes))
    cfg.test_dataloader.dataset.bbox_file = str(tmp_path / 'boxes.json')
    if combined:
        cfg.test_dataloader.dataset = combination(cfg.test_dataloader.dataset)
    cfg.test_evaluator = cfg.test_evaluator[1]
    result, _ = run_of(cfg, *FEW)
    assert result['settings']['count_unlabelled'] is True
    assert result['clean']['auc'] is None
    assert all(cell['counted_keypoints'] == 2 * 5 and cell['r'] for cell in result['cells'])
    assert 'coco/AP' in result['clean']['metrics']


NO_SIGMAS = {'test_dataloader.dataset.metainfo.sigmas': []}
MOVED = ['--perturbations', 'box_shift']
TWICE = {'test_evaluator': [{'type': 'RobustnessMetric'}] * 2}


@pytest.mark.parametrize(
    ('model', 'words', 'changes', 'message'),
    [
        ('dekr', ['--perturb-at', 'crop'], {}, "'crop' .* needs a TopdownAffine, got"),
        ('dekr', MOVED, {}, 'kind that moves boxes needs a TopdownAffine, got'),
        ('dekr', [], NO_SIGMAS, r'metainfo\.sigmas`: expected 5 numbers'),
        ('msra', [], {'test_cfg.chunk_size': 0}, 'chunk_size'),
        ('msra', ['--person-score', '0.3'], {}, '--person-score'),
        ('msra', [], TWICE, 'expected one RobustnessMetric'),
    ],
)
def test_bad_combinations_are_refused_before_a_run(cfg, tmp_path, words, changes, message):
    cfg.merge_from_dict(changes)
    with pytest.raises(ValueError, match=message):
        run_of(cfg, *words)
    assert not (tmp_path / 'robustness').exists()


def test_samples_that_change_are_refused(cfg):
    both = combination(cfg.test_dataloader.dataset)
    cfg.test_dataloader.dataset = {**both, 'sample_ratio_factor': [0.5]}
    with pytest.raises(ValueError, match='`sample_ratio_factor` draws other samples'):
        _ = tiny_runs.robustness_runner(cfg).test_loop


@pytest.mark.parametrize('model', ['simcc'])
def test_a_fast_run_says_so_and_predicts_in_bfloat16(cfg, monkeypatch, finished):
    """`--fast --robustness`: what the hook puts in the model's place is what is evaluated."""
    monkeypatch.setattr('mmpose_stable.engine.fast_inference.fast_bfloat16', lambda device: True)
    cfg.custom_hooks = [{'type': 'FastInferenceHook'}]
    (plain, table), (fast, rounded) = read(finished('simcc').folder), run_of(cfg, *FEW)
    assert [one['settings']['bfloat16'] for one in (plain, fast)] == [False, True]
    assert not np.array_equal(table.scores, rounded.scores)


def test_copies_are_drawn_with_the_settings_and_the_frost_that_the_run_records(cfg, tmp_path):
    words = ('--perturb-seed', '4', '--perturb-at', 'image', '--frost-folder')
    with pytest.raises(FileNotFoundError, match='frost_folder: expected a folder'):
        _ = tiny_runs.robustness_runner(cfg, *words, str(tmp_path / 'none')).test_loop
    hashes = set()
    for level in (90, 180):
        folder = tmp_path / str(level)
        folder.mkdir()
        cv2.imwrite(str(folder / 'ice.png'), np.full((80, 90, 3), level, np.uint8))
        loop = tiny_runs.robustness_runner(cfg, *words, str(folder)).test_loop
        hashes.add(loop.settings['frost'])
    assert len(hashes) == 2
    copies = loop.dataloader.dataset.pipeline
    assert (copies.seed, copies.perturb_at, copies.frost_folder) == (4, 'image', str(folder))


@pytest.mark.parametrize(
    ('persons', 'serialised', 'message'),
    [
        # MMEngine itself fails on an empty list that it has to serialise.
        (0, True, 'no person'),
        (0, False, 'no person'),
        (2, True, r'ann_file .*labels\.json: .*have the same id'),
    ],
)
def test_bad_files_of_labels_are_named(cfg, tiny_data, tmp_path, persons, serialised, message):
    labels = json.loads((tiny_data / 'labels.json').read_text())
    labels['annotations'] = labels['annotations'][:1] * persons
    (tmp_path / 'labels.json').write_text(json.dumps(labels))
    changes = {'ann_file': str(tmp_path / 'labels.json'), 'serialize_data': serialised}
    cfg.test_dataloader.dataset.update(changes)
    with pytest.raises(ValueError, match=message):
        run_of(cfg, *FEW)


def test_several_data_sets_with_their_evaluator_give_what_each_gives_alone(cfg):
    def metrics_of(dataset, evaluator):
        cfg.test_dataloader.dataset, cfg.test_evaluator = dataset, evaluator
        content, _ = run_of(cfg, *FEW)
        return [part['metrics'] for part in (content['clean'], *content['cells'])]

    given, alone, metrics = cfg.test_dataloader.dataset, [], []
    shared = {key: given[key] for key in ('data_root', 'ann_file', 'data_prefix', 'test_mode')}
    tiny = {'type': 'TinyDataset', **shared, 'pipeline': []}
    parts = [tiny, {**tiny, 'type': 'OtherDataset', 'indices': [4, 5]}]
    for part in parts:
        metrics.append({'type': 'PCKAccuracy', 'thr': 0.3, 'prefix': part['type']})
        alone.append(metrics_of({**part, 'pipeline': given.pipeline}, metrics[-1:]))
    evaluator = {'type': 'MultiDatasetEvaluator', 'metrics': metrics}
    evaluator['datasets'] = [{'type': part['type']} for part in parts]
    both = metrics_of(combination(given, parts), evaluator)
    assert both == [one | other for one, other in zip(*alone, strict=True)]
