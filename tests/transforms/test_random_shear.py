import numpy as np
import pytest
from mmpose.registry import TRANSFORMS

SIZE = (60, 90)  # rows, columns
PICTURE = np.random.default_rng(0).integers(0, 256, (*SIZE, 3), dtype=np.uint8)
POINTS = np.array([[3.0, 2.0], [80.0, 5.0], [44.0, 30.0], [6.0, 57.0], [86.0, 56.0]], np.float32)


def sheared(seed, **options):
    np.random.seed(seed)  # noqa: NPY002 - the state that MMEngine seeds in its workers
    person = {
        'img': PICTURE,
        'img_shape': SIZE,
        'keypoints': POINTS[None].copy(),
        'keypoints_visible': np.ones((1, 5), np.float32),
        'bbox_center': np.array([[45.0, 30.0]], np.float32),
        'bbox_scale': np.array([[90.0, 60.0]], np.float32),
    }
    return TRANSFORMS.build({'type': 'RandomShear', **options})(person)


def test_rows_keypoints_and_boxes_move_by_up_to_the_angle_and_nothing_is_cut_off():
    slopes = []
    for seed in range(100):
        results = sheared(seed, max_angle=20, prob=1)
        x, y = (results['keypoints'][0] - POINTS).T
        slope, offset = np.polyfit(POINTS[:, 1], x, 1)
        np.testing.assert_allclose(x, slope * POINTS[:, 1] + offset, atol=1e-3)
        np.testing.assert_allclose(y, 0, atol=1e-5)
        centre = results['bbox_center'][0] - [45, 30]
        np.testing.assert_allclose(centre, [slope * 30 + offset, 0], atol=1e-3)
        height, width = results['img'].shape[:2]
        assert results['img_shape'] == (height, width)
        assert height == SIZE[0]
        shifts = slope * np.arange(height) + offset
        assert shifts.min() > -1e-3
        assert shifts.max() <= width - SIZE[1] + 1e-3
        for before, after, shift in zip(
            PICTURE[..., 0], results['img'][..., 0], shifts, strict=True
        ):
            columns = np.arange(-1, SIZE[1] + 1)  # black beside the picture
            expected = np.interp(np.arange(width) - shift, columns, [0, *before, 0])
            assert np.abs(after - expected).max() < 6  # OpenCV rounds places to a 32nd
        slopes.append(slope)
    limit = np.tan(np.deg2rad(20))
    assert -limit <= min(slopes) < -0.9 * limit
    assert 0.9 * limit < max(slopes) <= limit


def test_the_share_of_sheared_pictures_and_repeated_draws():
    changed = [sheared(seed, prob=0.3)['img'].shape[1] != SIZE[1] for seed in range(300)]
    assert 0.2 < np.mean(changed) < 0.4
    assert not any(sheared(seed, prob=0)['img'].shape[1] != SIZE[1] for seed in range(20))
    np.testing.assert_array_equal(sheared(3, prob=1)['img'], sheared(3, prob=1)['img'])


def test_a_picture_without_labels_is_sheared_too():
    results = TRANSFORMS.build({'type': 'RandomShear', 'prob': 1})({'img': PICTURE})
    assert set(results) == {'img', 'img_shape'}


@pytest.mark.parametrize('options', [{'max_angle': 0}, {'max_angle': 60}, {'prob': 1.5}])
def test_bad_settings_are_named(options):
    with pytest.raises(ValueError, match=f'RandomShear expects .*{next(iter(options))}='):
        TRANSFORMS.build({'type': 'RandomShear', **options})


@pytest.mark.parametrize('before', ['bbox', 'transformed_keypoints'])
def test_a_place_in_the_pipeline_where_labels_would_stay_behind_is_refused(before):
    results = {'img': PICTURE, before: np.zeros((1, 4), np.float32)}
    with pytest.raises(ValueError, match='between GetBBoxCenterScale and TopdownAffine'):
        TRANSFORMS.build({'type': 'RandomShear', 'prob': 1.0})(results)
