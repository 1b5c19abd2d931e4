"""Which pictures are kept, and their file."""

import numpy as np
import pytest
import torch
from random_tables import make_table

from mmpose_stable.robustness.examples import (
    choose_examples,
    example_columns,
    join_examples,
    one_example,
)
from mmpose_stable.robustness.maps import normalised
from mmpose_stable.robustness.selection import select_cells


@pytest.mark.parametrize(
    ('kinds', 'severities', 'samples', 'shown'),
    [
        ('held-out', '1,3,5', 100, [5] * 5 + [3] * 5 + [1] * 2),
        ('all', '2,4', 2, [4] * 15),
        ('snow', '1,2', 3, [2, 1] * 3),
    ],
)
def test_examples_show_different_pairs_every_kind_and_the_severest_first(
    kinds, severities, samples, shown
):
    cells = select_cells(kinds, severities)
    chosen = choose_examples(samples, cells, seed=0)
    assert chosen == choose_examples(samples, cells, 0)
    assert samples < 100 or chosen != choose_examples(samples, cells, 1)
    assert len(set(chosen)) == len(chosen)
    indices = {index for index, _ in chosen}
    assert indices <= set(range(samples))
    assert len(indices) == min(samples, len(chosen))
    found = [cells[column - 1] for _, column in chosen]
    assert {cell.kind for cell in found} == {cell.kind for cell in cells}
    assert [cell.severity for cell in found] == shown


def test_examples_hold_rgb_pictures_and_the_keypoints_of_the_table():
    table = make_table((0, 1, 2))
    clean = torch.arange(3 * 4 * 5, dtype=torch.uint8).view(3, 4, 5)
    pictures, heatmaps = (clean, clean + 1), torch.rand(2, 4, 6, 6) + 0.1
    joined = join_examples([one_example(1, 2, pictures, heatmaps), {}])
    back = example_columns(joined, table)
    assert (back['kind'][0], back['severity'][0], back['sample_id'][0]) == ('snow', 5, 's1')
    moved = table.in_input(table.keypoints)
    np.testing.assert_array_equal(back['keypoints_clean'][0], moved[1, 0])
    np.testing.assert_array_equal(back['keypoints_perturbed'][0], moved[1, 2])
    for name, picture, maps in zip(('clean', 'perturbed'), pictures, heatmaps, strict=True):
        rgb = picture.numpy().transpose(1, 2, 0)[..., ::-1]
        np.testing.assert_array_equal(back[name][0], rgb)
        assert back[f'{name}_maps'].dtype == np.float16
        np.testing.assert_array_equal(back[f'{name}_maps'][0], normalised(maps).half())
    truth = table.in_input(table.true_keypoints)[1]
    np.testing.assert_array_equal(back['true_keypoints'][0], truth)
    np.testing.assert_array_equal(back['labelled'][0], table.labelled[1])


def test_pictures_of_different_sizes_are_padded_at_the_bottom_and_right():
    shapes = (2, 5), (4, 3)
    parts = [one_example(0, 1, [torch.ones(3, *s).byte()] * 2, (None, None)) for s in shapes]
    joined = join_examples(parts)
    assert joined['clean'].shape == (2, 4, 5, 3)
    for shown, (height, width) in zip(joined['clean'], shapes, strict=True):
        assert shown[:height, :width].all()
        assert shown.sum() == 3 * height * width
