"""Persons of whole pictures: their table, who follows whom, and the numbers that come of it."""

import math
from dataclasses import replace

import numpy as np
import pytest
import random_tables

from mmpose_stable.robustness.metric import RobustnessMetric
from mmpose_stable.robustness.persons import (
    extents,
    follow,
    join_persons,
    match,
    similarity,
    tabulate,
)
from mmpose_stable.robustness.selection import Cell

SIGMAS = np.array([0.3, 0.4, 0.5])
BODY = np.array([[10.0, 10], [30, 20], [20, 60]])


def bodies(places):
    return np.array([BODY + place for place in places]).reshape(-1, 3, 2)


def make_persons(places, pictures=(0,), scores=None):
    """Persons of one shape; ``places`` maps (picture, column) to where each one stands."""
    found = [(*key, place) for key, there in places.items() for place in there]
    keypoints = bodies(place for *_, place in found)
    scores = np.full(len(found), 0.5) if scores is None else np.array(scores)
    return replace(
        random_tables.make_persons(pictures, keypoints=3, maps=False, cells=(Cell('snow', 3),)),
        input_size=np.array([(64, 32 * (1 + picture)) for picture in pictures]),
        input_center=np.array([(100.0, 50.0)] * len(pictures)),
        input_scale=np.array([(200.0, 100.0 * (1 + picture)) for picture in pictures]),
        picture=np.array([picture for picture, *_ in found], int),
        column=np.array([column for _, column, _ in found], np.int16),
        keypoints=keypoints.astype(np.float32),
        scores=np.tile(scores[:, None], 3).astype(np.float32),
    )


def truth(*places):
    keypoints, ids = bodies(places), [70 + at for at in range(len(places))]
    people = {'keypoints': keypoints, 'bboxes': extents(keypoints)}
    people['keypoints_visible'] = np.ones(keypoints.shape[:2])
    return {'id': ids, 'gt_instances': people if places else {}}


def numbers_of(persons):
    table = follow(persons, [truth()], SIGMAS, 0.5)
    return RobustnessMetric().compute_metrics([table])['cells'][0]


def test_lost_and_new_persons_are_counted_and_a_lost_one_moves_at_every_p():
    # One stays, one moves by 9 px, 2.88 px of the input, one is gone, and two appear.
    persons = make_persons({(0, 0): [0, 300, 600], (0, 1): [0, [300, 309], 900, 1200]})
    cell = numbers_of(persons)
    assert cell['lost_share'] == pytest.approx(1 / 3)
    assert cell['new_share'] == pytest.approx(2 / 4)
    assert cell['r'] == pytest.approx((0 + 2.88**2) / 2)
    assert cell['ruc'] == pytest.approx([1 / 3] * 3 + [2 / 3] * 28)
    assert cell['ruc_area'] == pytest.approx((1 / 3 + 1 / 2 + 27 * 2 / 3) / 29)
    assert cell['unmoved_share'] == pytest.approx(1 / 3)


def test_a_picture_without_anybody_loses_nobody():
    cell = numbers_of(make_persons({(0, 0): [], (0, 1): [5]}))
    assert (cell['lost_share'], cell['new_share'], cell['r']) == (None, 1, None)
    assert cell['ruc'] == [None] * 31
    cell = numbers_of(make_persons({(0, 0): [5], (0, 1): []}))
    assert (cell['lost_share'], cell['new_share'], cell['ruc']) == (1, None, [0.0] * 31)


def test_rows_equal_a_loop_over_pictures_and_columns():
    rng = np.random.default_rng(0)
    parts = []
    for picture in (2, 5):
        places = {(picture, at): rng.uniform(0, 60, (rng.integers(1, 5), 2)) for at in (0, 1)}
        parts.append(make_persons(places, (picture,)))
    persons = join_persons(parts)
    truths = [truth(*rng.uniform(0, 60, (2, 2))) for _ in range(2)]
    table = follow(persons, truths, SIGMAS, 0.4)
    at = 0
    for row, picture in enumerate((2, 5)):
        here, second = persons.picture == picture, persons.column == 1
        seen = persons.keypoints[here & ~second], persons.keypoints[here & second]
        for people in (seen[0], truths[row]['gt_instances']['keypoints']):
            for column in (0, 1):
                args = people, seen[column], extents(people), SIGMAS, np.ones(people.shape[:2])
                for one, other in enumerate(match(similarity(*args), 0.4), start=at):
                    expected = seen[column][other] if other >= 0 else np.full((3, 2), np.nan)
                    np.testing.assert_array_equal(table.keypoints[one, column], expected)
                    assert table.sample_index[one] == picture
            at += len(people)
    assert at == len(table.sample_index)
    assert table.person_count.tolist() == np.bincount(persons.column).tolist()
    # The frame is each picture's own input: pixels are of one size, whatever the picture's shape.
    assert table.input_size.tolist() == persons.input_size.min(0).tolist()
    moved = table.in_input(table.keypoints)
    for found, keypoints, index in zip(moved, table.keypoints, table.sample_index, strict=True):
        row = np.searchsorted(persons.sample_index, index)
        corner = persons.input_center[row] - persons.input_scale[row] / 2
        factor = persons.input_size[row] / persons.input_scale[row]
        np.testing.assert_allclose(found, (keypoints - corner) * factor)


def test_flags_with_and_without_weights_beside_them_may_stand_in_one_data_set():
    # MMPose's KeypointConverter adds weights to the flags of some of several data sets.
    flags = np.array([[1.0, 0, 1, 1]])
    both = np.stack((flags, np.ones_like(flags)), -1)
    label = {'keypoints': np.ones((1, 4, 2)), 'bboxes': np.ones((1, 4))}
    labels = [{**label, 'keypoints_visible': visible} for visible in (flags, both, flags)]
    truths = [{'gt_instances': each} for each in labels]
    table = tabulate(random_tables.make_persons(), truths)
    assert table.labelled.tolist() == [[True, False, True, True]] * 3


def test_a_score_leaves_persons_out_on_both_sides():
    persons = make_persons({(0, 0): [0, 300], (0, 1): [0, 300]}, scores=[0.9, 0.2, 0.8, 0.7])
    cell = numbers_of(persons.above(0.5))
    assert (cell['counted_keypoints'], cell['lost_share'], cell['new_share']) == (3, 0, 0.5)


def naive_similarity(reference, found, box, counted):
    area = max(0.53 * (box[2] - box[0]) * (box[3] - box[1]), 1)
    near = []
    for k in np.flatnonzero(counted):
        squared = ((reference[k] - found[k]) ** 2).sum()
        near.append(math.exp(-squared / (2 * area * (2 * SIGMAS[k]) ** 2)))
    return sum(near) / len(near) if near else 0


def naive_match(similarities, bound):
    """Take the largest entry that is left, again and again."""
    left, matched = similarities.copy(), [-1] * len(similarities)
    while left.size and left.max() >= bound:
        row, column = np.unravel_index(left.argmax(), left.shape)
        matched[row] = int(column)
        left[row], left[:, column] = -1, -1
    return matched


def test_similarity_is_the_mean_over_the_counted_keypoints():
    rng = np.random.default_rng(0)
    reference, found = rng.uniform(0, 40, (4, 3, 2)), rng.uniform(0, 40, (5, 3, 2))
    boxes = extents(reference)
    boxes[3] = [7, 7, 7, 7]  # no area
    counted = rng.random((4, 3)) < 0.6
    counted[2] = False
    result = similarity(reference, found, boxes, SIGMAS, counted)
    for row, column in np.ndindex(4, 5):
        args = reference[row], found[column], boxes[row], counted[row]
        assert result[row, column] == pytest.approx(naive_similarity(*args))


def test_the_most_similar_pair_is_matched_first_and_each_person_once():
    rng = np.random.default_rng(1)
    for shape in ((0, 0), (0, 3), (3, 0), (1, 4), (5, 3), (6, 6)):
        for _ in range(20):
            # Few levels, so that there are ties.
            similarities = rng.integers(0, 11, shape) / 10
            assert match(similarities, 0.5).tolist() == naive_match(similarities, 0.5)
