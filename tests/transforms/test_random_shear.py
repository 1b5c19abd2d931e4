"""RandomShear: labels follow the picture, nothing is cut off, draws, and bad settings."""

import numpy as np
import pytest
from mmengine.registry import init_default_scope
from mmpose.datasets.transforms import RandomBBoxTransform, RandomFlip, TopdownAffine
from mmpose.registry import TRANSFORMS

SIZE = (60, 90)  # rows, columns
POINTS = np.array([[[3.0, 2.0], [80.0, 5.0], [44.0, 30.0], [6.0, 57.0], [86.0, 56.0]]], np.float32)


def person(points=POINTS):
    """A dark picture with a bright spot of 3 x 3 pixels on every keypoint."""
    image = np.zeros((*SIZE, 3), np.uint8)
    for x, y in points[0].astype(int):
        image[y - 1 : y + 2, x - 1 : x + 2] = 255
    return {
        'img': image,
        'img_shape': SIZE,
        'keypoints': points.copy(),
        'keypoints_visible': np.ones(points.shape[:2], np.float32),
        'bbox_center': np.array([[45.0, 30.0]], np.float32),
        'bbox_scale': np.array([[90.0, 60.0]], np.float32),
    }


def spots(image, points):
    """The centre of brightness within 3 pixels of each point."""
    found = []
    for x, y in np.rint(points).astype(int):
        rows, columns = np.mgrid[y - 3 : y + 4, x - 3 : x + 4]
        inside = (rows >= 0) & (columns >= 0)
        inside &= (rows < image.shape[0]) & (columns < image.shape[1])
        weight = image[rows[inside], columns[inside], 0].astype(float)
        assert weight.sum() > 0
        found.append(np.average([columns[inside], rows[inside]], axis=1, weights=weight))
    return np.array(found)


def sheared(seed, **options):
    np.random.seed(seed)  # noqa: NPY002
    return TRANSFORMS.build({'type': 'RandomShear', **options})(person())


def test_keypoints_stay_on_what_they_mark_and_nothing_is_cut_off():
    light, widths = person()['img'].sum(dtype=float), set()
    for seed in range(25):
        results = sheared(seed, max_angle=30, prob=1)
        (height, width), points = results['img'].shape[:2], results['keypoints'][0]
        assert results['img_shape'] == (height, width)
        assert height == SIZE[0]
        widths.add(width)
        assert (points >= 0).all()
        assert (points[:, 0] <= width - 1).all()
        np.testing.assert_allclose(spots(results['img'], points), points, atol=0.35)
        assert results['img'].sum(dtype=float) == pytest.approx(light, rel=0.02)
    assert len(widths) > 5


def test_it_is_a_shear_of_at_most_the_angle_in_both_directions():
    slopes = []
    for seed in range(200):
        results = sheared(seed, max_angle=20, prob=1)
        moved = results['keypoints'][0] - POINTS[0]
        np.testing.assert_allclose(moved[:, 1], 0, atol=1e-5)
        slope, offset = np.polyfit(POINTS[0, :, 1], moved[:, 0], 1)
        np.testing.assert_allclose(moved[:, 0], slope * POINTS[0, :, 1] + offset, atol=1e-3)
        centre = results['bbox_center'][0] - [45, 30]
        np.testing.assert_allclose(centre, [slope * 30 + offset, 0], atol=1e-3)
        slopes.append(slope)
    limit = np.tan(np.deg2rad(20))
    assert -limit <= min(slopes) < -0.9 * limit
    assert 0.9 * limit < max(slopes) <= limit


def test_the_share_of_sheared_pictures_and_repeated_draws():
    changed = [sheared(seed, prob=0.3)['img'].shape[1] != SIZE[1] for seed in range(300)]
    assert 0.2 < np.mean(changed) < 0.4
    assert not any(sheared(seed, prob=0)['img'].shape[1] != SIZE[1] for seed in range(20))
    np.testing.assert_array_equal(sheared(3, prob=1)['img'], sheared(3, prob=1)['img'])


def test_the_result_passes_through_mmposes_augmentation():
    init_default_scope('mmpose')
    np.random.seed(1)  # noqa: NPY002
    results = TRANSFORMS.build({'type': 'RandomShear', 'max_angle': 30, 'prob': 1})(person())
    for step in (RandomFlip(prob=1.0), RandomBBoxTransform(), TopdownAffine((96, 96))):
        results = step({**results, 'flip_indices': list(range(5))})
    kept = results['transformed_keypoints'][0]
    inside = ((kept > 4) & (kept < 91)).all(1)
    assert inside.sum() >= 2
    found = spots(results['img'], kept[inside])
    np.testing.assert_allclose(found, kept[inside], atol=1)


def test_a_picture_without_labels_is_sheared_too():
    np.random.seed(0)  # noqa: NPY002
    results = TRANSFORMS.build({'type': 'RandomShear', 'prob': 1})({'img': person()['img']})
    assert set(results) == {'img', 'img_shape'}


@pytest.mark.parametrize('options', [{'max_angle': 0}, {'max_angle': 60}, {'prob': 1.5}])
def test_bad_settings_are_named(options):
    with pytest.raises(ValueError, match=f'RandomShear expects .*{next(iter(options))}='):
        TRANSFORMS.build({'type': 'RandomShear', **options})


@pytest.mark.parametrize('before', ['bbox', 'transformed_keypoints'])
def test_a_place_in_the_pipeline_where_labels_would_stay_behind_is_refused(before):
    results = {'img': np.zeros((8, 8, 3), np.uint8), before: np.zeros((1, 4), np.float32)}
    with pytest.raises(ValueError, match='between GetBBoxCenterScale and TopdownAffine'):
        TRANSFORMS.build({'type': 'RandomShear', 'prob': 1.0})(results)
