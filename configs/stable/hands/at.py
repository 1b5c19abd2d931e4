# AT: adversarial training (projected gradient descent, Madry et al.).
_base_ = './base.py'

model = dict(
    type='StabilityTrainedPoseEstimator',
    # epsilon: Madry et al. on CIFAR-10. Ours: 3 steps, as each is one more forward and backward
    # (theirs: 7), and a step of 4 (theirs: 2), for 3 of 2 would not cross the ball.
    adversary=dict(type='PGDAdversary', epsilon=8, step=4, steps=3),
    supervised='perturbed',
)
