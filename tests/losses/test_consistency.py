"""What holds for every loss that compares views."""

import pytest
import torch
from mmpose.registry import MODELS

import mmpose_stable.losses  # noqa: F401

LOSSES = {
    'mst': {'type': 'MSTLoss', 'loss_weight': 1.0},
    'stability': {'type': 'StabilityLoss', 'loss_weight': 1.0},
    'jsd': {'type': 'JensenShannonLoss', 'loss_weight': 1.0},
}
EQUAL = torch.ones(())  # weights of keypoints that all count alike
every_loss = pytest.mark.parametrize('name', LOSSES)


def build(name, **options):
    return MODELS.build({**LOSSES[name], **options})


@every_loss
def test_equal_views_have_no_loss_and_no_gradient(name):
    view = torch.rand(2, 3, 8, 8, requires_grad=True)
    loss = build(name)([view, view.detach()], EQUAL)
    loss.backward()
    assert loss.item() == pytest.approx(0, abs=1e-6)
    assert view.grad.abs().max() < 1e-6


@every_loss
def test_gradients_are_right(name):
    views = torch.rand(3, 1, 2, 4, 3, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda maps: build(name)(list(maps), EQUAL), views)


@every_loss
def test_half_precision_views_of_any_size_are_compared_in_float32(name):
    views = [(2e4 * torch.randn(1, 2, 64, 64)).clamp(-6e4, 6e4).half() for _ in range(3)]
    expected = build(name)([view.double() for view in views], EQUAL)
    views[1].requires_grad_()
    with torch.autocast('cpu', dtype=torch.bfloat16):
        loss = build(name)(views, EQUAL)
    loss.backward()
    assert loss.dtype == torch.float32
    torch.testing.assert_close(loss, expected.float(), rtol=1e-4, atol=0)
    assert views[1].grad.isfinite().all()


@every_loss
def test_keypoint_weights_leave_unlabelled_keypoints_out(name):
    views = [torch.rand(1, 2, 4, 4) for _ in range(2)]
    weighted = build(name, use_target_weight=True)
    alone = build(name)([view[:, :1] for view in views], EQUAL)
    torch.testing.assert_close(weighted(views, torch.tensor([[1.0, 0.0]])), alone / 2)
