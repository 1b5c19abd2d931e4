# base_hands.py with UDP, as in MMPose's td-hm_hrnet-w32_udp.
_base_ = './base_hands.py'

codec = dict(type='UDPHeatmap', input_size=(64, 64), heatmap_size=(16, 16), sigma=1)

model = dict(head=dict(decoder=codec), test_cfg=dict(shift_heatmap=False))

affine = dict(type='TopdownAffine', input_size=codec['input_size'], use_udp=True)
target = dict(type='GenerateTarget', encoder=codec)
train_dataloader = dict(
    dataset=dict(pipeline=[*_base_.load, *_base_.augmentation, affine, target, _base_.pack])
)
val_dataloader = dict(dataset=dict(pipeline=[*_base_.load, affine, _base_.pack]))
test_dataloader = val_dataloader
