"""What is kept of pictures and predictions: ChunkRecorder, and the examples for drawing."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from mmengine.structures import InstanceData, PixelData
from mmpose.structures import PoseDataSample
from random_tables import make_table

from mmpose_stable.robustness import examples
from mmpose_stable.robustness.certificate import certified
from mmpose_stable.robustness.chunks import from_text
from mmpose_stable.robustness.maps import describe_peaks, normalised
from mmpose_stable.robustness.metric import RobustnessMetric
from mmpose_stable.robustness.persons import tabulate
from mmpose_stable.robustness.recorder import ChunkRecorder
from mmpose_stable.robustness.selection import Cell, select_cells

SNOW = [Cell('snow', 1)]


class ShowsItsPicture:
    """A model whose heatmaps are the channels of the picture."""

    test_cfg = None
    head = SimpleNamespace(decoder=None)

    def test_step(self, data):
        for picture, sample in zip(data['inputs'], data['data_samples'], strict=True):
            sample.pred_instances = InstanceData(
                keypoints=np.zeros((1, 3, 2)), keypoint_scores=np.ones((1, 3))
            )
            sample.pred_fields = PixelData(heatmaps=picture.float())
        return data['data_samples']


def one_sample(copies, **metainfo):
    """A person of three keypoints, in copies (M, 3, 9, 8)."""
    frame = {'input_size': (8, 9), 'input_center': np.zeros(2), 'input_scale': np.ones(2)}
    sample = PoseDataSample(metainfo={**frame, **metainfo})
    sample.gt_instances = InstanceData(
        keypoints=np.ones((1, 3, 2)), keypoints_visible=np.ones((1, 3)), bboxes=np.ones((1, 4))
    )
    frames = np.array([[(0.0, 0.0), (1.0, 1.0)]] * len(copies))
    ids = {'sample_id': 1, 'image_id': 1}
    return {'inputs': copies, 'frames': frames, 'data_sample': sample, **ids}


def table_of(model, persons, batch_size):
    """The table of persons in copies (N, M, 3, 9, 8)."""
    recorder = ChunkRecorder(model, SNOW, batch_size)
    for index, copies in enumerate(persons):
        recorder.add(index, one_sample(copies))
    chunk = recorder.finish()
    return tabulate(chunk.persons, [from_text(text) for text in chunk.truths])


def test_each_person_is_measured_beside_the_own_clean_picture():
    rng = np.random.default_rng(0)
    persons = rng.integers(0, 200, (4, 2, 3, 9, 8), dtype=np.uint8)
    persons[:, :, :, 4, 4] = 250
    persons[:, 1, 1:, 4, 4] -= 45  # the second and third keypoint are hardly above the others
    table = table_of(ShowsItsPicture(), persons, batch_size=3)
    maps = torch.from_numpy(persons).float()
    peaks, clean = describe_peaks(maps), maps[:, :1].expand_as(maps)
    np.testing.assert_array_equal(table.map_position, peaks.position)
    np.testing.assert_array_equal(table.map_spread, peaks.spread.float())
    np.testing.assert_array_equal(table.map_gap, peaks.gap.float())
    stays = certified(normalised(clean), normalised(maps))
    np.testing.assert_array_equal(table.map_certified, stays)


def test_keypoints_of_maps_and_scores_that_are_no_numbers_are_unknown():
    class Fails(ShowsItsPicture):
        def test_step(self, data):
            samples = super().test_step(data)
            samples[1].pred_fields.heatmaps[0] = torch.nan
            samples[1].pred_instances.keypoint_scores[0, 1] = np.inf
            return samples

    table = table_of(Fails(), np.full((1, 2, 3, 9, 8), 9, np.uint8), batch_size=8)
    assert np.isnan(table.keypoints).any(-1).tolist() == [[[False] * 3, [True, True, False]]]
    numbers = RobustnessMetric().compute_metrics([table])['cells'][0]
    assert numbers['ruc_area'] < 1
    assert numbers['certified_share'] < 1


def test_whole_pictures_of_one_shape_share_a_batch_and_persons_come_sorted_without_bad_numbers():
    shapes = []

    class FindsPersons:
        test_cfg = None

        def test_step(self, data):
            shapes.append([tuple(picture.shape[1:]) for picture in data['inputs']])
            for sample in data['data_samples']:
                scores = np.repeat(sample.metainfo['found'], 3).reshape(-1, 3)
                keypoints = np.stack([scores, scores], -1)
                scores = np.nan_to_num(scores, nan=0.9)
                sample.pred_instances = InstanceData(keypoints=keypoints, keypoint_scores=scores)
            return data['data_samples']

    recorder = ChunkRecorder(FindsPersons(), SNOW, batch_size=3, whole=True)
    three, bad = [0.2, 0.9, 0.5], [0.2, np.nan, 0.5]
    for index, (height, found) in enumerate(((8, three), (8, bad), (9, three), (9, []))):
        picture = np.zeros((2, 3, height, 8), np.uint8)
        recorder.add(index, one_sample(picture, found=found, input_size=(8, height)))
    persons = recorder.finish().persons
    assert shapes == [[(8, 8)] * 3, [(8, 8)], [(9, 8)] * 3, [(9, 8)]]
    assert np.bincount(persons.picture, minlength=4).tolist() == [6, 4, 6, 0]
    np.testing.assert_allclose(persons.scores[persons.at(0, 1), 0], [0.9, 0.5, 0.2])
    np.testing.assert_allclose(persons.scores[persons.at(1, 0), 0], [0.5, 0.2])


@pytest.mark.parametrize(
    ('kinds', 'severities', 'samples', 'shown'),
    [
        ('held-out', '1,3,5', 100, [5] * 5 + [3] * 5 + [1] * 2),
        ('all', '2,4', 2, [4] * 15),
        ('snow', '1,2', 3, [2, 1] * 3),
    ],
)
def test_examples_show_every_kind_and_the_severest_first(kinds, severities, samples, shown):
    cells = select_cells(kinds, severities)
    chosen = examples.choose_examples(samples, cells, seed=0)
    assert len(set(chosen)) == len(chosen)
    assert len({index for index, _ in chosen}) == min(samples, len(chosen))
    found = [cells[column - 1] for _, column in chosen]
    assert {cell.kind for cell in found} == {cell.kind for cell in cells}
    assert [cell.severity for cell in found] == shown


def test_examples_hold_rgb_pictures_and_the_keypoints_of_the_table():
    table = make_table((0, 1, 2))
    clean = torch.arange(3 * 4 * 5, dtype=torch.uint8).view(3, 4, 5)
    pictures, heatmaps = (clean, clean + 1), torch.rand(2, 4, 6, 6) + 0.1
    joined = examples.join_examples([examples.one_example(1, 2, pictures, heatmaps), {}])
    back = examples.example_columns(joined, table)
    assert (back['kind'][0], back['severity'][0], back['sample_id'][0]) == ('snow', 5, 's1')
    moved = table.in_input(table.keypoints)
    np.testing.assert_array_equal(back['keypoints_clean'][0], moved[1, 0])
    np.testing.assert_array_equal(back['keypoints_perturbed'][0], moved[1, 2])
    for name, picture, maps in zip(('clean', 'perturbed'), pictures, heatmaps, strict=True):
        rgb = picture.numpy().transpose(1, 2, 0)[..., ::-1]
        np.testing.assert_array_equal(back[name][0], rgb)
        np.testing.assert_array_equal(back[f'{name}_maps'][0], normalised(maps).half())


def test_pictures_of_different_sizes_are_padded_at_the_bottom_and_right():
    pairs = [[torch.ones(3, *shape).byte()] * 2 for shape in ((2, 5), (4, 3))]
    parts = [examples.one_example(0, 1, pair, (None, None)) for pair in pairs]
    wide, tall = examples.join_examples(parts)['clean'].any(-1)
    assert wide.tolist() == [[True] * 5] * 2 + [[False] * 5] * 2
    assert tall.tolist() == [[True] * 3 + [False] * 2] * 4
