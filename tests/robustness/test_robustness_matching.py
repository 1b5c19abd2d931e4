"""Similarity and greedy matching of persons against plain loops."""

import math

import numpy as np
import pytest

from mmpose_stable.robustness.matching import extents, match, similarity

SIGMAS = np.array([0.03, 0.08, 0.1])


def naive_similarity(reference, found, box, counted):
    area = max(0.53 * (box[2] - box[0]) * (box[3] - box[1]), 1)
    near = [
        math.exp(-((reference[k] - found[k]) ** 2).sum() / (2 * area * (2 * SIGMAS[k]) ** 2))
        for k in range(3)
        if counted[k]
    ]
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
    for row in range(4):
        for column in range(5):
            args = reference[row], found[column], boxes[row], counted[row]
            assert result[row, column] == pytest.approx(naive_similarity(*args))
    own = similarity(reference, reference, extents(reference), SIGMAS)
    np.testing.assert_array_equal(np.diag(own), 1)


def test_the_most_similar_pair_is_matched_first_and_each_person_once():
    rng = np.random.default_rng(1)
    for rows, columns in ((0, 0), (0, 3), (3, 0), (1, 4), (5, 3), (6, 6)):
        for _ in range(20):
            # Few levels, so that there are ties.
            similarities = rng.integers(0, 11, (rows, columns)) / 10
            assert match(similarities, 0.5).tolist() == naive_match(similarities, 0.5)
    assert match(np.array([[0.9, 0.8], [0.95, 0.1]]), 0.5).tolist() == [1, 0]
    assert match(np.array([[0.49, 0.5]]), 0.5).tolist() == [1]
