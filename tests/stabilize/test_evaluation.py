"""What a model is tested on before and after, and how well its predictions agree."""

import numpy as np
import pytest
import tiny_runs
from made_results import CELLS, make_predictions
from mmpose.registry import DATASETS

from mmpose_stable.robustness.files import write_columns
from mmpose_stable.robustness.predictions import PREDICTIONS_FILE
from mmpose_stable.stabilize.evaluation import agreement, evaluation_config


@pytest.mark.parametrize(
    ('most', 'persons'),
    [(1, [100]), (4, [100, 103, 106, 103]), (11, [*range(100, 107), *range(100, 104)])],
)
def test_persons_are_chosen_evenly_from_all_parts_of_combined_data(most, persons, tmp_path):
    cfg = tiny_runs.tiny_config(tiny_runs.write_data(tmp_path), tmp_path)
    part = {**cfg.test_dataloader.dataset, 'bbox_file': 'gone.json'}
    cfg.test_dataloader.dataset = {
        'type': 'CombinedDataset',
        'metainfo': tiny_runs.META,
        'datasets': [{**part, 'pipeline': []}, {**part, 'pipeline': [], 'indices': 4}],
        'pipeline': part['pipeline'],
        'sample_ratio_factor': [1.0, 0.5],
    }
    test, words = evaluation_config(cfg, None, most)
    data = DATASETS.build(test.test_dataloader.dataset)
    assert [data.get_data_info(at)['id'] for at in range(len(data))] == persons
    assert words.startswith(f'{most} samples') == (most < 11)


def test_agreement_is_one_for_equal_predictions_and_falls_with_distance_and_with_nan(tmp_path):
    table = make_predictions(CELLS, 0, False, 1.0)
    header = {'schema': table.SCHEMA}
    write_columns(tmp_path / 'a' / PREDICTIONS_FILE, header, table.columns())
    assert agreement(tmp_path / 'a', tmp_path / 'a') == 1
    moved = np.array(table.keypoints)
    moved[:, 0] += (0.075 * 60, 0)  # half of the largest threshold, of boxes 60 wide
    columns = {**table.columns(), 'keypoints': moved}
    write_columns(tmp_path / 'b' / PREDICTIONS_FILE, header, columns)
    assert agreement(tmp_path / 'a', tmp_path / 'b') == pytest.approx(0.5, abs=0.02)
    columns['keypoints'] = np.array(table.keypoints)
    columns['keypoints'][: len(table.keypoints) // 2, 0] = np.nan
    write_columns(tmp_path / 'c' / PREDICTIONS_FILE, header, columns)
    assert agreement(tmp_path / 'a', tmp_path / 'c') == pytest.approx(0.5)
    assert agreement(tmp_path / 'c', tmp_path / 'a') == 1
