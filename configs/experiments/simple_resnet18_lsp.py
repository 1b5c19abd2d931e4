_base_ = [
    '../_base_/models/simple_resnet18.py',
    '../_base_/schedules/adam_5000i.py',
    '../_base_/data/lsp_subset.py',
]

# SimpleBaseline's stride of 4, and sigma in proportion to its 2 cells of 256-px inputs.
codec = dict(type='MSRAHeatmap', input_size=(128, 128), heatmap_size=(32, 32), sigma=1)

model = dict(
    data_preprocessor=_base_.data_preprocessor,
    head=dict(out_channels=14, decoder=codec),
)

affine = dict(type='TopdownAffine', input_size=codec['input_size'])
target = dict(type='GenerateTarget', encoder=codec)
train_pipeline = [*_base_.load, *_base_.augmentation, affine, target, _base_.pack]
val_pipeline = [*_base_.load, affine, _base_.pack]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = val_dataloader
default_hooks = dict(checkpoint=dict(save_best='torso/PCK', rule='greater'))
