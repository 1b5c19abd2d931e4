# What `make demo` trains: a small CLNet on rendered hands, in minutes on two processor cores.
_base_ = './cl_resnet18_synth_hand.py'

# 12 x 12 cells; sigma in proportion to the input.
codec = dict(type='CompositeLocalization', input_size=(96, 96), stride=8, sigma=6, threshold=0.6)
model = dict(head=dict(mid_channels=128, out_channels=256, decoder=codec))  # a narrower head

affine = dict(type='TopdownAffine', input_size=codec['input_size'])
target = dict(type='GenerateTarget', encoder=codec)
train_pipeline = [*_base_.load, *_base_.augmentation, affine, target, _base_.pack]
val_pipeline = [*_base_.load, affine, _base_.pack]
train_data = dict(num_samples=16000, pipeline=train_pipeline)  # each is seen once
train_dataloader = dict(num_workers=1, dataset=train_data)
val_dataloader = dict(num_workers=1, dataset=dict(num_samples=128, pipeline=val_pipeline))
test_dataloader = val_dataloader
train_cfg = dict(max_iters=1000, val_interval=500)
param_scheduler = [
    dict(type='LinearLR', begin=0, end=100, start_factor=0.01, by_epoch=False),
    dict(type='MultiStepLR', begin=0, end=1000, milestones=[700, 900], gamma=0.1, by_epoch=False),
]
