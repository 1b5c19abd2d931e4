import numpy as np
import pytest
import tiny_heads
import torch
from mmpose.structures import PoseDataSample

from mmpose_stable.engine.cpu_amp import float32_outputs
from mmpose_stable.estimators.teacher import voting_region
from mmpose_stable.perturbations.boxes import MovedBox, crop_of_box


def build(name='msra', teacher=None, **options):
    if teacher:
        options |= {'teacher': {'checkpoint': str(teacher)}, 'supervised': 'none'}
    else:
        options |= {'type': 'TopdownPoseEstimator'}
    torch.manual_seed(5)
    return tiny_heads.build(name, **options)


def save(folder, name='msra'):
    """Save a model of a kind of head with fresh weights; return the file."""
    torch.save(build(name).state_dict(), folder / 'base.pth')
    return folder / 'base.pth'


def losses_of(model, views, *boxes):
    sample = PoseDataSample(metainfo={'view_boxes': boxes})
    return model(torch.stack(views), [sample] * len(views[0]), mode='loss')


def shrunk(pictures):
    """Maps that follow the picture wherever it moves by whole cells of 4 pixels."""
    return torch.nn.functional.avg_pool2d(pictures, 4)


@pytest.mark.parametrize('name', tiny_heads.MODELS)
def test_a_student_that_equals_its_frozen_teacher_pays_for_perturbed_views_alone(name, tmp_path):
    checkpoint = save(tmp_path, name)
    model = build(name, checkpoint).eval()  # batch normalisation as in the teacher
    model.load_state_dict(torch.load(checkpoint))
    clean, other = torch.randn(2, 3, 3, 64, 64)
    losses = losses_of(model, [clean, clean])
    assert losses['loss_teacher_clean'].item() == pytest.approx(0, abs=1e-9)
    assert losses['loss_teacher_views'].item() == pytest.approx(0, abs=1e-9)
    # Far from the clean picture: fresh weights hardly tell two pictures apart.
    losses = losses_of(model, [clean, 100 * other, 100 * other])
    assert losses['loss_teacher_views'] > 1e-5
    losses['loss_teacher_views'].backward()
    unused = [n for n, p in model.named_parameters() if p.requires_grad and p.grad is None]
    assert not unused  # a distributed wrapper would stop at one
    teacher = model.teacher.model
    assert teacher not in model.modules()  # so it is in no state either
    assert not any(module.training for module in teacher.modules())
    assert not any(parameter.requires_grad for parameter in teacher.parameters())


@pytest.mark.parametrize('boxes', [(), (MovedBox(1.1, 2.0, -3.0),)])
def test_it_trains_in_half_precision(boxes, tmp_path):
    model = build(teacher=save(tmp_path)).train()
    with torch.autocast('cpu', torch.bfloat16), float32_outputs(model):
        losses = losses_of(model, list(torch.randn(2, 3, 3, 64, 64)), *boxes)
    assert losses['loss_teacher_views'].dtype == torch.float32
    sum(losses.values()).backward()
    assert all(p.grad is None or p.grad.isfinite().all() for p in model.parameters())


def test_views_of_moved_boxes_are_asked_for_the_output_moved_with_them(tmp_path):
    model = build(teacher=save(tmp_path))
    model.extract_feat = lambda pictures: pictures
    model.head.forward = model.teacher.outputs = shrunk
    boxes = [MovedBox(1.0, 8.0, -12.0), MovedBox(1.0, 0.0, 0.0), MovedBox(1.0, -4.0, 16.0)]
    picture = np.random.default_rng(0).random((64, 64, 3), np.float32)
    crops = [picture, *(crop_of_box(picture, box) for box in boxes)]
    views = [torch.from_numpy(crop).permute(2, 0, 1)[None] for crop in crops]
    assert losses_of(model, views, *boxes)['loss_teacher_views'] < 1e-12
    assert losses_of(model, views)['loss_teacher_views'] > 1e-3
    assert losses_of(model, views, *boxes[::-1])['loss_teacher_views'] > 1e-3


@pytest.mark.parametrize(
    'options', [{'supervised': 'all'}, {'consistency': [{'type': 'MSTLoss', 'loss_weight': 1.0}]}]
)
def test_moved_boxes_beside_what_belongs_to_the_clean_crop_are_refused(options):
    model = tiny_heads.build('msra', **options)
    with pytest.raises(ValueError, match=r'moved boxes: set `box_shift` and `box_scale`'):
        losses_of(model, list(torch.randn(2, 1, 3, 64, 64)), MovedBox(1.0, 4.0, 0.0))


def test_a_checkpoint_of_another_model_is_refused(tmp_path):
    model = build('msra', save(tmp_path, 'simcc'))
    with pytest.raises(ValueError, match='checkpoint'):
        losses_of(model, list(torch.randn(2, 3, 3, 64, 64)))


@pytest.mark.parametrize(
    ('values', 'matched'),
    [
        ([0.9, 0.6, 0.31, 0.29], [1, 1, 1, 0]),  # half of the threshold, whatever the maximum is
        ([0.4, 0.21, 0.19, 0.0], [1, 1, 0, 0]),  # nothing reaches the threshold: half the maximum
        ([-0.1, -0.3, -0.2, -0.4], [1, 0, 0, 0]),  # the arg-max cell votes whatever its value is
    ],
)
def test_offsets_are_matched_wherever_a_cell_may_vote(values, matched):
    maps = torch.tensor(values).view(1, 1, 2, 2)
    assert voting_region(maps, threshold=0.6).flatten().tolist() == [bool(at) for at in matched]
