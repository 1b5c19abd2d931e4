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
    part = {**cfg.test_dataloader.dataset, 'bbox_file': 'gone.json', 'pipeline': []}
    cfg.test_dataloader.dataset = {
        'type': 'CombinedDataset',
        'metainfo': tiny_runs.META,
        'datasets': [part, {**part, 'indices': 4}],
        'pipeline': cfg.test_dataloader.dataset.pipeline,
        'sample_ratio_factor': [1.0, 0.5],
    }
    test, words = evaluation_config(cfg, None, most)
    data = DATASETS.build(test.test_dataloader.dataset)
    assert [data.get_data_info(at)['id'] for at in range(len(data))] == persons
    assert words.startswith(f'{most} samples') == (most < 11)


def test_agreement_is_one_for_equal_predictions_and_falls_with_distance_and_with_nan(tmp_path):
    table = make_predictions(CELLS, 0, False, 1.0)
    moved, lost = np.array([table.keypoints] * 2)
    moved[:, 0] += (0.075 * 60, 0)  # half of the largest threshold, of boxes 60 wide
    lost[: len(lost) // 2, 0] = np.nan
    same, apart, half = (tmp_path / name for name in 'abc')
    for folder, keypoints in ((same, table.keypoints), (apart, moved), (half, lost)):
        columns = {**table.columns(), 'keypoints': keypoints}
        write_columns(folder / PREDICTIONS_FILE, {'schema': table.SCHEMA}, columns)
    assert agreement(same, same) == agreement(half, same) == 1
    assert agreement(same, apart) == pytest.approx(0.5, abs=0.02)
    assert agreement(same, half) == pytest.approx(0.5)
