# The baseline: Gaussian heatmaps, mean square error. The other files here change what they name.
_base_ = [
    '../../_base_/models/simple_resnet50.py',
    '../../_base_/schedules/adam_140e.py',
    '../../_base_/data/lsp.py',
]

codec = dict(type='MSRAHeatmap', input_size=(256, 256), heatmap_size=(64, 64), sigma=2)

model = dict(
    data_preprocessor=_base_.data_preprocessor,
    head=dict(out_channels=14, decoder=codec),
)

affine = dict(type='TopdownAffine', input_size=codec['input_size'])
target = dict(type='GenerateTarget', encoder=codec)
train_pipeline = [*_base_.load, *_base_.augmentation, affine, target, _base_.pack]
val_pipeline = [*_base_.load, affine, _base_.pack]
train_sets = [dict(part, pipeline=train_pipeline) for part in _base_.train_sets]
train_dataloader = dict(dataset=dict(datasets=train_sets))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = val_dataloader
