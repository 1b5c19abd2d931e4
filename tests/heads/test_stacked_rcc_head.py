"""StackedRCCHead: an RCCHead a stage, all supervised, the last one predicting."""

import numpy as np
import pytest
import torch
from rcc_heads import build_head, build_samples, features


def build_stack(kind='hd', num_stages=3, **options):
    return build_head(kind, type='StackedRCCHead', num_stages=num_stages, **options)


def stages(count=3):
    return [features()[0] for _ in range(count)]


@pytest.mark.parametrize('kind', ['hd', 'msra'])
@pytest.mark.parametrize('rcc', [False, True])
def test_it_is_one_rcc_head_a_stage_whose_losses_add_up(kind, rcc):
    stack, feats = build_stack(kind, rcc=rcc), stages()
    samples = build_samples(stack)
    last = build_head(kind, rcc=rcc)
    own = {k: v for k, v in stack.state_dict().items() if not k.startswith('earlier')}
    last.load_state_dict(own)
    heads = [*stack.earlier, last]
    expected = sum(
        head.loss((part,), samples)['loss_kpt'] for head, part in zip(heads, feats, strict=True)
    )
    losses = stack.loss(feats, samples)
    torch.testing.assert_close(losses['loss_kpt'], expected)
    torch.testing.assert_close(losses['acc_pose'], last.loss(feats[-1:], samples)['acc_pose'])
    for cfg, given, alone in (
        ({}, feats, feats[-1:]),
        ({'flip_test': True}, [feats, feats[::-1]], [feats[-1:], feats[:1]]),
    ):
        ours, theirs = stack.predict(given, samples, cfg), last.predict(alone, samples, cfg)
        for mine, its in zip(ours, theirs, strict=True):
            np.testing.assert_array_equal(mine.keypoints, its.keypoints)


def test_another_number_of_stages_is_named():
    with pytest.raises(ValueError, match=r'has 3 stages, the backbone gives 2.*head\.num_stages'):
        build_stack()(stages(2))
    with pytest.raises(ValueError, match=r'head\.num_stages'):
        build_stack(num_stages=0)


def test_predicting_computes_the_last_stage_alone():
    stack, feats = build_stack(), stages()
    expected = stack.activate(stack(feats)[-1])
    for head in stack.earlier:
        head.register_forward_hook(lambda *_: pytest.fail('computed for nothing'))
    torch.testing.assert_close(stack.predict_maps(feats), expected)
