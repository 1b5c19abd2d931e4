"""Pre-processing of views: as of single pictures, in the right order; what is refused."""

import pytest
import torch
from mmpose.registry import MODELS
from mmpose.structures import PoseDataSample
from tiny_runs import NORMALISE

from mmpose_stable.data_preprocessors.views import ViewsDataPreprocessor


def pictures(*shape):
    return torch.randint(0, 256, (*shape, 3, 16, 12), dtype=torch.uint8)


def batch(inputs):
    inputs = list(inputs)
    return {'inputs': inputs, 'data_samples': [PoseDataSample() for _ in inputs]}


def test_every_view_is_normalised_as_a_picture_alone():
    views, inner = pictures(4, 3), MODELS.build(NORMALISE)
    preprocessor = MODELS.build({'type': 'ViewsDataPreprocessor', 'inner': NORMALISE})
    data = preprocessor(batch(views), True)
    assert len(data['data_samples']) == 4
    alone = [inner(batch(views[:, v]))['inputs'] for v in range(3)]
    torch.testing.assert_close(data['inputs'], torch.stack(alone))
    single = preprocessor(batch(views[:, 0]))['inputs']
    torch.testing.assert_close(single, alone[0])
    assert not preprocessor.state_dict()  # checkpoints stay those of the inner one


def test_pixel_range_is_what_normalisation_makes_of_black_white_and_one_level():
    preprocessor = ViewsDataPreprocessor(MODELS.build(NORMALISE))
    levels = [torch.full((3, 4, 4), v, dtype=torch.uint8) for v in (0, 255, 1)]
    black, white, one = preprocessor(batch(levels))['inputs'][:, :, :1, :1]
    low, high, level = preprocessor.pixel_range(black)
    torch.testing.assert_close(low, black)
    torch.testing.assert_close(high, white)
    torch.testing.assert_close(level, one - black, rtol=1e-4, atol=1e-5)
    plain = ViewsDataPreprocessor({'type': 'PoseDataPreprocessor'})
    assert [part.item() for part in plain.pixel_range(torch.zeros(1))] == [0, 255, 1]


@pytest.mark.parametrize('shapes', [[(2,), (3,)], [(), (3,)], [(3,), ()]])
def test_samples_of_different_numbers_of_views_are_refused(shapes):
    with pytest.raises(ValueError, match=r'same number of views, .* transforms of `train_pipe'):
        ViewsDataPreprocessor(MODELS.build(NORMALISE))(batch(pictures(*s) for s in shapes))
