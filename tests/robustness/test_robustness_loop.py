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
from mmpose_stable.robustness import copies as copies_module
from mmpose_stable.robustness import load_examples, load_predictions, load_results

HEATMAP_MODELS = ('msra', 'dark', 'udp', 'udp_combined', 'vis_msra')

FEW = tiny_runs.FEW
OTHER = {**tiny_runs.META, 'dataset_name': 'other'}


@DATASETS.register_module()
class TinyDataset(BaseCocoStyleDataset):
    METAINFO = tiny_runs.META


@DATASETS.register_module()
class OtherDataset(BaseCocoStyleDataset):
    METAINFO = OTHER


@pytest.mark.parametrize('model', list(tiny_runs.MODELS))
def test_every_head_type_gives_a_complete_result(finished, model):
    run = finished(model)
    result, table = load_results(run.folder), load_predictions(run.folder / 'predictions.npz')
    examples = load_examples(run.folder / 'examples.npz')
    assert not (run.folder / 'partial').exists()
    assert result['dataset']['samples'] == len(table.sample_index) == 7
    assert [(cell['kind'], cell['severity']) for cell in result['cells']] == list(table.cells)
    assert run.logged['robustness/R'] == pytest.approx(np.mean([c['r'] for c in result['cells']]))
    assert all(cell['r'] > 0 for cell in result['cells'])
    assert set(result['clean']['metrics']) == set(result['cells'][0]['metrics'])
    assert next(iter(result['clean']['metrics'])) == 'PCK'
    assert result['model']['heatmaps'] == table.has_maps == (model in HEATMAP_MODELS)
    assert ('clean_maps' in examples) == (model in HEATMAP_MODELS)
    if model in HEATMAP_MODELS:
        moved = table.map_position != table.map_position[:, :1]
        assert moved.any()
        assert not (moved & table.map_certified).any()
        assert all(cell['certified_moved'] == 0 for cell in result['cells'])
    else:
        assert all(cell['spread'] is None for cell in result['cells'])
        assert 'robustness/D_n' not in run.logged


def test_a_run_leaves_its_config_and_the_settings_of_the_model_as_they_were(tiny_data, tmp_path):
    cfg = tiny_runs.tiny_config(tiny_data, tmp_path)
    untouched = copy.deepcopy(cfg.to_dict())
    runner = tiny_runs.robustness_runner(cfg, '--perturbations', 'contrast', '--severities', '1')
    runner.test()
    assert cfg.to_dict() == untouched
    assert 'output_heatmaps' not in runner.model.test_cfg


def test_no_certified_pair_moves_on_real_photographs(shared_data, tmp_path):
    cfg = tiny_runs.tiny_config(tmp_path, tmp_path)
    folder = shared_data / 'mmpose_samples' / 'coco'
    cfg.test_dataloader.dataset = ConfigDict(
        type='CocoDataset',
        data_root=f'{folder}/',
        ann_file='test_coco.json',
        test_mode=True,
        pipeline=cfg.test_dataloader.dataset.pipeline,
    )
    cfg.model.head.out_channels = 17
    cfg.test_evaluator = {'type': 'PCKAccuracy', 'thr': 0.3}
    words = ('--perturbations', 'jpeg_compression,brightness,saturate', '--severities', '1')
    tiny_runs.robustness_runner(cfg, *words).test()
    table = load_predictions(tmp_path / 'robustness' / 'predictions.npz')
    moved = table.map_position != table.map_position[:, :1]
    certain = table.map_certified
    assert moved[:, 1:].any()
    assert certain[:, 1:].any()
    assert not (moved & certain).any()


@pytest.mark.parametrize(
    ('model', 'perturb_at'),
    [
        ('msra', 'image'),
        ('rle', 'crop'),
        ('dekr', 'image'),
    ],
)
def test_results_equal_one_usual_test_pass_a_perturbation(tiny_data, tmp_path, model, perturb_at):
    cfg = tiny_runs.tiny_config(tiny_data, tmp_path, model)
    words = ('--perturbations', 'spatter', '--severities', '4', '--perturb-at', perturb_at)
    tiny_runs.robustness_runner(cfg, *words).test()
    result = load_results(tmp_path / 'robustness')
    step = {'crop': 3, 'image': 1}[perturb_at]
    id_key = {'crop': 'id', 'image': 'img_id'}[perturb_at]
    for cell in [result['clean'], *result['cells']]:
        usual = copy.deepcopy(cfg)
        if cell['kind'] != 'clean':
            usual.test_dataloader.dataset.pipeline.insert(
                step,
                ConfigDict(
                    type='PerturbImage',
                    kind=cell['kind'],
                    severity=cell['severity'],
                    id_key=id_key,
                ),
            )
        expected = tiny_runs.lively(Runner.from_cfg(usual)).test()
        defined = {name: value for name, value in expected.items() if value != -1}
        found = {name: value for name, value in cell['metrics'].items() if value is not None}
        assert found == pytest.approx(defined, abs=1e-5)


@pytest.mark.parametrize('model', ['msra', 'dekr'])
def test_without_any_change_of_the_pictures_r_is_zero_and_ruc_and_rpc_are_one(
    tiny_data, tmp_path, monkeypatch, model
):
    monkeypatch.setattr(copies_module, 'perturb', lambda image, *_, **__: image.copy())
    cfg = tiny_runs.tiny_config(tiny_data, tmp_path, model)
    # One picture a forward pass: rounding may differ with the place in a batch.
    tiny_runs.robustness_runner(cfg, *FEW, batch_size=1).test()
    result = load_results(tmp_path / 'robustness')
    for cell in result['cells']:
        assert cell['r'] == cell['r_box'] == 0
        assert cell['ruc'] == [1.0] * 31
        assert cell['certified_share'] == (1 if model == 'msra' else None)
        assert cell['peak_moved_share'] == (0 if model == 'msra' else None)
        assert cell['lost_share'] == cell['new_share'] == (None if model == 'msra' else 0)
        assert cell['metrics'] == result['clean']['metrics']
    if model == 'msra':
        assert result['summary']['performance']['PCK']['rPC'] == 1.0
        assert result['clean']['metrics']['PCK'] > 0


@pytest.mark.parametrize('model', ['dekr', 'ae'])
def test_persons_of_whole_pictures_are_followed_and_lost(finished, model):
    run = finished(model)
    result, table = load_results(run.folder), load_predictions(run.folder / 'predictions.npz')
    examples = load_examples(run.folder / 'examples.npz')
    assert result['dataset']['samples'] == 5
    assert result['settings']['perturb_at'] == 'image'
    assert result['model']['heatmaps'] is False
    assert (~table.tracked).sum() == 7
    assert set(table.image_id[table.tracked]) == {'10', '11', '12', '13', '14'}
    lost = [cell['lost_share'] for cell in result['cells']]
    assert 0 < np.mean(lost) <= 1
    assert run.logged['robustness/lost'] == pytest.approx(np.mean(lost))
    assert all(cell['ruc'][-1] <= 1 - cell['lost_share'] for cell in result['cells'])
    assert len(examples['index']) > 0
    assert np.isfinite(examples['keypoints_clean']).all()


@pytest.mark.parametrize(
    ('words', 'message'),
    [
        (('--perturb-at', 'crop'), 'no crop to perturb or move'),
        (('--perturbations', 'box_shift'), "kinds='box_shift'"),
        (('--decoder', 'dark'), '--decoder: expected a model whose'),
    ],
)
def test_what_needs_a_crop_or_a_heatmap_a_keypoint_is_refused_for_whole_pictures(
    tiny_data, tmp_path, words, message
):
    cfg = tiny_runs.tiny_config(tiny_data, tmp_path, 'dekr')
    with pytest.raises(ValueError, match=message):
        tiny_runs.robustness_runner(cfg, *words).test()


def test_a_box_that_moves_is_measured_in_the_frame_of_the_clean_crop(tiny_data, tmp_path):
    cfg = tiny_runs.tiny_config(tiny_data, tmp_path)
    tiny_runs.robustness_runner(cfg, '--perturbations', 'boxes', '--severities', '3').test()
    result = load_results(tmp_path / 'robustness')
    table = load_predictions(tmp_path / 'robustness' / 'predictions.npz')
    dataset = DATASETS.build(cfg.test_dataloader.dataset)
    model = tiny_runs.lively(Runner.from_cfg(cfg)).model.eval()
    for column, kind in enumerate(('box_shift', 'box_scale'), start=1):
        assert result['cells'][column - 1]['kind'] == kind
        assert result['cells'][column - 1]['certified_share'] is None
        for at in range(2):
            info = dataset.get_data_info(at)
            results = dataset.pipeline.transforms[1](dataset.pipeline.transforms[0](info))
            size = results['bbox'][:, 2:] - results['bbox'][:, :2]
            frame = results['bbox_center'], results['bbox_scale'], size
            center, scale = move_box(*frame, kind, 3, (0, results['id']))
            results.update(bbox_center=center, bbox_scale=scale)
            packed = dataset.pipeline.transforms[3](dataset.pipeline.transforms[2](results))
            with torch.no_grad():
                batch = {name: [value] for name, value in packed.items()}
                found = model.test_step(batch)[0].pred_instances.keypoints[0]
            np.testing.assert_allclose(table.keypoints[at, column], found, atol=1e-2)


def test_another_decoder_is_used_and_named(tiny_data, tmp_path, finished):
    own = finished('msra').folder
    cfg = tiny_runs.tiny_config(tiny_data, tmp_path)
    tiny_runs.robustness_runner(cfg, *FEW, '--decoder', 'argmax').test()
    other = tmp_path / 'robustness'
    named = [load_results(folder)['model']['decoder'] for folder in (own, other)]
    assert named == ['quarter', 'argmax']
    tables = [load_predictions(folder / 'predictions.npz') for folder in (own, other)]
    assert (tables[0].keypoints != tables[1].keypoints).any()


def test_batch_size_chunk_size_and_workers_do_not_change_predictions(tiny_data, tmp_path, finished):
    cfg = tiny_runs.tiny_config(tiny_data, tmp_path)
    cfg.test_dataloader.num_workers = 2
    tiny_runs.robustness_runner(cfg, *FEW, batch_size=1, chunk_size=1).test()
    many = load_predictions(finished('msra').folder / 'predictions.npz')
    one = load_predictions(tmp_path / 'robustness' / 'predictions.npz')
    np.testing.assert_allclose(one.keypoints, many.keypoints, atol=1e-3)
    np.testing.assert_array_equal(one.map_position, many.map_position)
    np.testing.assert_allclose(one.map_spread, many.map_spread, rtol=1e-4)
    np.testing.assert_allclose(one.map_gap, many.map_gap, atol=1e-5)
    np.testing.assert_array_equal(one.map_certified, many.map_certified)
    assert many.map_certified[:, 0].all()  # a clean picture beside itself
    np.testing.assert_array_equal(one.sample_id, many.sample_id)


def test_n_of_d_n_and_mixed_precision_reach_the_predictions(tiny_data, tmp_path, finished):
    cfg = tiny_runs.tiny_config(tiny_data, tmp_path)
    cfg.test_evaluator.append({'type': 'RobustnessMetric', 'spread_count': 9})
    runner = tiny_runs.robustness_runner(cfg, *FEW, fp16=True)
    modes, predict = [], runner.model.test_step

    def observed(data):
        modes.append(torch.is_autocast_cpu_enabled())
        return predict(data)

    runner.model.test_step = observed
    runner.test()
    assert set(modes) == {True}
    default = load_predictions(finished('msra').folder / 'predictions.npz')
    other = load_predictions(tmp_path / 'robustness' / 'predictions.npz')
    # The nine largest values of a map are closer to their mean than the 64 largest.
    assert (other.map_spread < default.map_spread / 2).mean() > 0.9


def test_every_person_of_an_image_is_a_sample_and_empty_images_are_none(tiny_data, finished):
    table = load_predictions(finished('msra').folder / 'predictions.npz')
    assert table.image_id.tolist() == ['10', '10', '11', '13', '13', '13', '14']
    assert len(set(table.sample_id.tolist())) == 7
    labels = json.loads((tiny_data / 'labels.json').read_text())['annotations']
    true = np.array([a['keypoints'] for a in labels]).reshape(7, 5, 3)
    np.testing.assert_allclose(table.true_keypoints, true[..., :2], atol=1e-4)
    np.testing.assert_array_equal(table.labelled, true[..., 2] > 0)


def test_detected_boxes_without_labels_count_all_keypoints_and_have_no_auc(tiny_data, tmp_path):
    boxes = [
        {'image_id': 10, 'category_id': 1, 'bbox': [10, 10, 40, 50], 'score': 0.9},
        {'image_id': 12, 'category_id': 1, 'bbox': [5, 20, 30, 30], 'score': 0.4},
    ]
    (tmp_path / 'boxes.json').write_text(json.dumps(boxes))
    cfg = tiny_runs.tiny_config(tiny_data, tmp_path)
    cfg.test_dataloader.dataset.bbox_file = str(tmp_path / 'boxes.json')
    cfg.test_evaluator = cfg.test_evaluator[1]
    tiny_runs.robustness_runner(cfg, *FEW).test()
    result = load_results(tmp_path / 'robustness')
    assert result['settings']['count_unlabelled'] is True
    assert result['clean']['auc'] is None
    assert all(cell['counted_keypoints'] == 2 * 5 for cell in result['cells'])
    assert 'coco/AP' in result['clean']['metrics']


def combination(dataset, parts=None):
    """Return a data set that is put together of parts."""
    return {
        'type': 'CombinedDataset',
        'metainfo': tiny_runs.META,
        'datasets': parts or [{**dataset, 'pipeline': []}],
        'pipeline': dataset.pipeline,
        'test_mode': True,
    }


@pytest.mark.parametrize('combined', [False, True])
def test_boxes_without_area_are_left_out_of_the_scores(tiny_data, tmp_path, combined):
    box = {'image_id': 10, 'category_id': 1, 'bbox': [10, 10, 40, 50], 'score': 0.9}
    (tmp_path / 'boxes.json').write_text(json.dumps([box, {**box, 'bbox': [10, 10, 0, 50]}]))
    cfg = tiny_runs.tiny_config(tiny_data, tmp_path)
    cfg.test_dataloader.dataset.bbox_file = str(tmp_path / 'boxes.json')
    if combined:
        cfg.test_dataloader.dataset = combination(cfg.test_dataloader.dataset)
    cfg.test_evaluator = cfg.test_evaluator[1]
    tiny_runs.robustness_runner(cfg, *FEW).test()
    result = load_results(tmp_path / 'robustness')
    assert all(cell['counted_keypoints'] == 5 and cell['r'] is not None for cell in result['cells'])


@pytest.mark.parametrize('combined', [False, True])
def test_labels_that_mmpose_would_misread_are_refused(tmp_path, combined):
    data = tiny_runs.write_data(tmp_path / 'data')
    labels = json.loads((data / 'labels.json').read_text())
    for annotation in labels['annotations']:
        annotation['id'] = 0
    (data / 'labels.json').write_text(json.dumps(labels))
    cfg = tiny_runs.tiny_config(data, tmp_path)
    if combined:
        cfg.test_dataloader.dataset = combination(cfg.test_dataloader.dataset)
    with pytest.raises(ValueError, match=r'ann_file .*labels\.json: .*have the same id'):
        tiny_runs.robustness_runner(cfg, *FEW).test()


@pytest.mark.parametrize(
    ('setting', 'value', 'message'),
    [
        ('chunk_size', 0, 'chunk_size'),
        ('batch_size', 2.5, 'batch_size'),
        ('kinds', 'rain', 'kind'),
        ('perturb_at', 'box', 'perturb_at'),
    ],
)
def test_bad_settings_are_refused_before_anything_runs(
    tiny_data, tmp_path, setting, value, message
):
    cfg = tiny_runs.tiny_config(tiny_data, tmp_path)
    runner = tiny_runs.robustness_runner(cfg, **{setting: value})
    with pytest.raises(ValueError, match=message):
        runner.test()
    assert not (tmp_path / 'robustness').exists()


def test_a_config_without_the_metric_is_refused(tiny_data, tmp_path):
    cfg = tiny_runs.tiny_config(tiny_data, tmp_path)
    cfg.test_cfg = ConfigDict(type='RobustnessTestLoop')
    with pytest.raises(ValueError, match='expected one RobustnessMetric'):
        Runner.from_cfg(cfg).test()


@pytest.mark.parametrize('model', ['msra', 'simcc'])
def test_a_fast_run_says_so_and_predicts_in_bfloat16(
    tiny_data, tmp_path, model, monkeypatch, finished
):
    """`--fast --robustness`: what the hook puts in the model's place is what is evaluated."""
    monkeypatch.setattr('mmpose_stable.engine.fast_inference.fast_bfloat16', lambda: True)
    cfg = tiny_runs.tiny_config(tiny_data, tmp_path, model)
    cfg.custom_hooks = [{'type': 'FastInferenceHook'}]
    tiny_runs.robustness_runner(cfg, *FEW).test()
    folders = [finished(model).folder, tmp_path / 'robustness']
    assert [load_results(folder)['settings']['bfloat16'] for folder in folders] == [False, True]
    plain, fast = (load_predictions(folder / 'predictions.npz') for folder in folders)
    assert not np.array_equal(plain.scores, fast.scores)  # the rounding of bfloat16


def test_photographs_of_frost_belong_to_the_run_and_are_read_before_it_starts(tiny_data, tmp_path):
    cfg = tiny_runs.tiny_config(tiny_data, tmp_path)
    words = ('--perturbations', 'frost', '--severities', '3', '--frost-folder')
    with pytest.raises(FileNotFoundError, match='frost_folder: expected a folder'):
        _ = tiny_runs.robustness_runner(cfg, *words, str(tmp_path / 'none')).test_loop
    described = []
    for level in (90, 180):
        folder = tmp_path / f'ice{level}'
        folder.mkdir()
        cv2.imwrite(str(folder / 'ice.png'), np.full((80, 90, 3), level, np.uint8))
        loop = tiny_runs.robustness_runner(cfg, *words, str(folder)).test_loop
        described.append(loop.settings()['frost'])
    assert described[0] != described[1]
    plain = tiny_runs.robustness_runner(cfg, *words[:-1]).test_loop
    assert 'frost' not in plain.settings()


def test_copies_are_drawn_with_the_settings_that_the_run_records(tiny_data, tmp_path):
    ice = tmp_path / 'ice'
    ice.mkdir()
    cv2.imwrite(str(ice / 'ice.png'), np.full((80, 90, 3), 90, np.uint8))
    words = ('--perturb-seed', '4', '--perturb-at', 'image', '--frost-folder', str(ice))
    cfg = tiny_runs.tiny_config(tiny_data, tmp_path)
    loop = tiny_runs.robustness_runner(cfg, *words, channel_order='rgb').test_loop
    pipeline = loop.dataloader.dataset.pipeline
    assert (pipeline.seed, pipeline.perturb_at) == (4, 'image')
    assert pipeline.options == {'channel_order': 'rgb', 'frost_folder': str(ice)}


def test_settings_of_the_loader_may_be_left_to_pytorch(tiny_data, tmp_path):
    cfg = tiny_runs.tiny_config(tiny_data, tmp_path)
    del cfg.test_dataloader['batch_size'], cfg.test_dataloader['num_workers']
    tiny_runs.robustness_runner(cfg, *FEW).test()
    assert load_results(tmp_path / 'robustness')['settings']['batch_size'] == 1


@pytest.mark.parametrize('serialised', [True, False])
def test_a_file_that_gives_no_sample_is_named(tmp_path, serialised):
    data = tiny_runs.write_data(tmp_path / 'data', persons=(0, 0))
    cfg = tiny_runs.tiny_config(data, tmp_path)
    # MMEngine itself fails on an empty list that it has to serialise.
    cfg.test_dataloader.dataset.serialize_data = serialised
    with pytest.raises(ValueError, match='no person'):
        tiny_runs.robustness_runner(cfg).test()


def test_several_data_sets_with_their_evaluator_give_what_each_gives_alone(tiny_data, tmp_path):
    metrics = {}
    for name in ('tiny', 'other', 'both'):
        cfg = tiny_runs.tiny_config(tiny_data, tmp_path / name)
        dataset = cfg.test_dataloader.dataset
        shared = {key: dataset[key] for key in ('data_root', 'ann_file', 'data_prefix')}
        parts = [
            {'type': kind, **shared, 'test_mode': True, 'pipeline': []}
            for kind in ('TinyDataset', 'OtherDataset')
        ]
        parts[1]['indices'] = [4, 5]
        metric = {'type': 'PCKAccuracy', 'thr': 0.3}
        if name == 'both':
            cfg.test_dataloader.dataset = combination(dataset, parts)
            cfg.test_evaluator = {
                'type': 'MultiDatasetEvaluator',
                'metrics': [{**metric, 'prefix': prefix} for prefix in ('tiny', 'other')],
                'datasets': [{'type': part['type']} for part in parts],
            }
        else:
            part = parts[name == 'other']
            cfg.test_dataloader.dataset = {**part, 'pipeline': dataset.pipeline}
            cfg.test_evaluator = [{**metric, 'prefix': name}]
        tiny_runs.robustness_runner(cfg, *FEW).test()
        content = load_results(tmp_path / name / 'robustness')
        metrics[name] = [part['metrics'] for part in (content['clean'], *content['cells'])]
    apart = zip(metrics['tiny'], metrics['other'], strict=True)
    assert metrics['both'] == [tiny | other for tiny, other in apart]


def test_an_evaluator_with_metrics_of_its_own_stands_alone(tiny_data, tmp_path):
    cfg = tiny_runs.tiny_config(tiny_data, tmp_path)
    cfg.test_evaluator = [{'type': 'Evaluator', 'metrics': []}, {'type': 'PCKAccuracy'}]
    with pytest.raises(ValueError, match=r"1 such evaluators and \['RobustnessMetric', 'PCKAcc"):
        tiny_runs.robustness_runner(cfg, *FEW).test()
