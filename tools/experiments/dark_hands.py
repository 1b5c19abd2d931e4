# base_hands.py with DARK, as in MMPose's td-hm_res50_dark; the kernel in proportion to sigma.
_base_ = './base_hands.py'

codec = dict(
    **dict(type='MSRAHeatmap', input_size=(64, 64), heatmap_size=(16, 16), sigma=1),
    **dict(unbiased=True, blur_kernel_size=5),
)

model = dict(head=dict(decoder=codec))

target = dict(type='GenerateTarget', encoder=codec)
train_dataloader = dict(
    dataset=dict(pipeline=[*_base_.load, *_base_.augmentation, _base_.affine, target, _base_.pack])
)
