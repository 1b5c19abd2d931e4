# What `make demo` trains: a small CLNet on rendered hands, in minutes on two processor cores.
_base_ = [
    './_base_/models/cl_resnet18.py',
    './_base_/schedules/adam_5000i.py',
    './_base_/data/synth_hand_palm.py',
]

# 12 x 12 cells; sigma in proportion to the input.
codec = dict(type='CompositeLocalization', input_size=(96, 96), stride=8, sigma=6, threshold=0.6)
model = dict(
    data_preprocessor=_base_.data_preprocessor,
    # A narrower head.
    head=dict(num_keypoints=21, num_deconvs=1, mid_channels=128, out_channels=256, decoder=codec),
)

affine = dict(type='TopdownAffine', input_size=codec['input_size'])
target = dict(type='GenerateTarget', encoder=codec)
train_pipeline = [*_base_.load, *_base_.augmentation, affine, target, _base_.pack]
val_pipeline = [*_base_.load, affine, _base_.pack]
train_data = dict(num_samples=22400, pipeline=train_pipeline)  # each is seen once
train_dataloader = dict(num_workers=1, dataset=train_data)
val_data = dict(num_samples=128, pipeline=val_pipeline)
val_dataloader = dict(num_workers=1, dataset=val_data)
test_dataloader = val_dataloader
val_evaluator = [
    dict(type='AUC', norm_factor=21),  # 0 to 21 px, of pictures of 112 px
    dict(type='PCKAccuracy', thr=0.1),
    dict(type='EPE'),
]
test_evaluator = val_evaluator
train_cfg = dict(max_iters=1400, val_interval=700)
param_scheduler = [
    dict(type='LinearLR', begin=0, end=100, start_factor=0.01, by_epoch=False),
    dict(type='MultiStepLR', begin=0, end=1400, milestones=[1000, 1250], gamma=0.1, by_epoch=False),
]
