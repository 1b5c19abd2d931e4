# CLNet-Hourglass of 8 stacks at stride 16. A leaf adds `data_preprocessor`, `head.num_keypoints`
# and `head.decoder`.
_base_ = './default_runtime.py'

model = dict(
    type='TopdownPoseEstimator',
    backbone=dict(type='CLHourglassNet', num_stacks=8, stride=16),
    head=dict(type='CLHourglassHead', in_channels=256, num_stacks=8),
    test_cfg=dict(flip_test=True),
)

# Trained as Newell et al. (Stacked Hourglass Networks) do: RMSprop at 2.5e-4, divided once by 5
# when the validation score stops rising. Here at a fixed epoch, the first drop of the ResNets'
# recipe, and for its 140 epochs, so that runs compare.
optim_wrapper = dict(optimizer=dict(type='RMSprop', lr=2.5e-4))
param_scheduler = [
    # Not in the papers: RMSprop's average starts at 0, so its first step is ten times the rate.
    dict(type='LinearLR', begin=0, end=500, start_factor=0.001, by_epoch=False),
    dict(type='MultiStepLR', begin=0, end=140, milestones=[90], gamma=0.2, by_epoch=True),
]
# Neither paper prints the batch size of this rate; the code Newell et al. released takes 5.
auto_scale_lr = dict(base_batch_size=8)
