import pytest
import torch
from mmpose.registry import MODELS

LOW = torch.tensor([-2.0, -1.0, 0.0]).view(3, 1, 1)
HIGH = torch.tensor([2.0, 3.0, 1.0]).view(3, 1, 1)
LEVEL = (HIGH - LOW) / 255


def pictures():
    return LOW + (HIGH - LOW) * torch.rand(4, 3, 8, 8)


def test_linear_loss_is_climbed_in_steps_to_the_corner_of_the_ball_among_the_pixel_values():
    weights, inputs, seen = torch.randn(3, 8, 8), pictures(), []

    def loss(view):
        seen.append(view.detach())
        return (weights * view).sum()

    adversary = MODELS.build({'type': 'PGDAdversary', 'epsilon': 8, 'step': 4, 'steps': 4})
    attacked = adversary(inputs, loss, LOW, HIGH, LEVEL)
    corner = torch.maximum(torch.minimum(inputs + 8 * LEVEL * weights.sign(), HIGH), LOW)
    torch.testing.assert_close(attacked, corner)
    assert not attacked.requires_grad
    assert len(seen) == 4
    step = torch.minimum((corner - seen[0]).abs(), 4 * LEVEL)
    torch.testing.assert_close(seen[1], seen[0] + step * weights.sign())


@pytest.mark.parametrize('side', [1, -1])
def test_values_outside_the_range_such_as_padding_move_towards_it_only(side):
    inputs = pictures()
    inputs[..., 0] = (HIGH if side > 0 else LOW).squeeze(-1) + side
    adversary = MODELS.build({'type': 'PGDAdversary', 'epsilon': 1, 'step': 1, 'steps': 2})
    outwards = adversary(inputs, lambda x: side * x.sum(), LOW, HIGH, LEVEL)
    torch.testing.assert_close(outwards[..., 0], inputs[..., 0])
    inwards = adversary(inputs, lambda x: -side * x.sum(), LOW, HIGH, LEVEL)
    torch.testing.assert_close(inwards[..., 0], (inputs - side * LEVEL)[..., 0])


def test_settings_that_make_no_attack_are_refused():
    with pytest.raises(ValueError, match='adversary'):
        MODELS.build({'type': 'PGDAdversary', 'steps': 0})
