# SimpleBaseline beside cl_lite0_lsp_64px, with the same backbone.
_base_ = [
    '../_base_/models/simple_resnet18.py',
    '../_base_/schedules/adam_small.py',
    '../_base_/data/lsp_subset.py',
]

codec = dict(type='MSRAHeatmap', input_size=(64, 64), heatmap_size=(16, 16), sigma=1)

model = dict(
    data_preprocessor=dict(
        type='PoseDataPreprocessor', mean=[127.0] * 3, std=[128.0] * 3, bgr_to_rgb=True
    ),
    backbone=dict(_delete_=True, type='EfficientNetLite0'),
    head=dict(in_channels=320, out_channels=14, decoder=codec),
)
optim_wrapper = dict(optimizer=dict(lr=5e-4))

affine = dict(type='TopdownAffine', input_size=codec['input_size'])
target = dict(type='GenerateTarget', encoder=codec)
train_pipeline = [*_base_.load, *_base_.augmentation, affine, target, _base_.pack]
val_pipeline = [*_base_.load, affine, _base_.pack]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = val_dataloader
default_hooks = dict(checkpoint=dict(save_best='torso/PCK', rule='greater'))
