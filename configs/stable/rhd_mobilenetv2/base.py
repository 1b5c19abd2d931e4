# The baseline: Gaussian heatmaps, mean square error. The other files here change what they name.
_base_ = [
    '../../_base_/models/simple_mobilenetv2.py',
    '../../_base_/schedules/adam_140e.py',
    '../../_base_/data/rhd.py',
]

codec = dict(type='MSRAHeatmap', input_size=(256, 256), heatmap_size=(64, 64), sigma=2)

model = dict(
    data_preprocessor=_base_.data_preprocessor,
    head=dict(out_channels=21, decoder=codec),
)

affine = dict(type='TopdownAffine', input_size=codec['input_size'])
target = dict(type='GenerateTarget', encoder=codec)
train_pipeline = [*_base_.load, *_base_.augmentation, affine, target, _base_.pack]
val_pipeline = [*_base_.load, affine, _base_.pack]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = val_dataloader
auto_scale_lr = dict(base_batch_size=64)  # of one process, as in the data set's config
