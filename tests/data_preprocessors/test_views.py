"""Pre-processing of views: as of single pictures, in the right order; what is refused."""

import pytest
import torch
from mmpose.registry import MODELS
from mmpose.structures import PoseDataSample

from mmpose_stable.data_preprocessors.views import ViewsDataPreprocessor

INNER = {
    'type': 'PoseDataPreprocessor',
    'mean': [123.675, 116.28, 103.53],
    'std': [58.395, 57.12, 57.375],
    'bgr_to_rgb': True,
}


def picture():
    return torch.randint(0, 256, (3, 16, 12), dtype=torch.uint8)


def batch(pictures):
    return {'inputs': pictures, 'data_samples': [PoseDataSample() for _ in pictures]}


def test_every_view_is_normalised_as_a_picture_alone():
    views = [torch.stack([picture() for _ in range(3)]) for _ in range(4)]
    data = MODELS.build({'type': 'ViewsDataPreprocessor', 'inner': INNER})(batch(views), True)
    assert data['inputs'].shape == (3, 4, 3, 16, 12)
    assert len(data['data_samples']) == 4
    inner = MODELS.build(INNER)
    for v in range(3):
        alone = inner(batch([sample[v] for sample in views]))['inputs']
        torch.testing.assert_close(data['inputs'][v], alone)


def test_single_pictures_pass_as_through_the_inner_preprocessor():
    data = batch([picture() for _ in range(2)])
    views = ViewsDataPreprocessor(MODELS.build(INNER))(data)
    assert torch.equal(views['inputs'], MODELS.build(INNER)(data)['inputs'])


def test_pixel_range_is_what_normalisation_makes_of_black_white_and_one_level():
    preprocessor = ViewsDataPreprocessor(MODELS.build(INNER))
    pictures = [torch.full((3, 4, 4), v, dtype=torch.uint8) for v in (0, 255, 1)]
    black, white, one = preprocessor(batch(pictures))['inputs'][:, :, :1, :1]
    low, high, level = preprocessor.pixel_range(black)
    torch.testing.assert_close(low, black)
    torch.testing.assert_close(high, white)
    torch.testing.assert_close(level, one - black, rtol=1e-4, atol=1e-5)


def test_pixel_range_without_normalisation_is_that_of_the_picture():
    preprocessor = ViewsDataPreprocessor({'type': 'PoseDataPreprocessor'})
    low, high, level = preprocessor.pixel_range(torch.zeros(1))
    assert (low.item(), high.item(), level.item()) == (0, 255, 1)


def test_it_adds_nothing_to_a_state_dict():
    assert not ViewsDataPreprocessor(MODELS.build(INNER)).state_dict()


def test_samples_of_different_numbers_of_views_are_refused():
    views = [torch.stack([picture()] * n) for n in (2, 3)]
    with pytest.raises(ValueError, match=r'same number of views, got \[2, 3\]'):
        ViewsDataPreprocessor(MODELS.build(INNER))(batch(views))


@pytest.mark.parametrize('views', [1, 2])
@pytest.mark.parametrize('single_first', [True, False])
def test_single_pictures_among_views_are_refused_in_either_order(views, single_first):
    pictures = [picture(), torch.stack([picture()] * views)]
    with pytest.raises(ValueError, match=r'same number of views, .* transforms of `train_pipe'):
        ViewsDataPreprocessor(MODELS.build(INNER))(
            batch(pictures if single_first else pictures[::-1])
        )
