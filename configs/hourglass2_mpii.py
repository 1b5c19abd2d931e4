# The plain stacked hourglass of 2 stacks, the baseline of `cl_hourglass2_mpii.py`. As in Newell et
# al. the second stack sees the maps of the first: the backbone makes them, not the head.
_base_ = ['./_base_/schedules/rmsprop_140e.py', './_base_/data/mpii.py']

# sigma in cells, as in Newell et al.
codec = dict(type='MSRAHeatmap', input_size=(256, 256), heatmap_size=(64, 64), sigma=1)

model = dict(
    type='TopdownPoseEstimator',
    data_preprocessor=_base_.data_preprocessor,
    backbone=dict(type='CLHourglassNet', num_stacks=2, stride=4, feed_predictions=16),
    head=dict(
        type='CPMHead',
        in_channels=16,
        out_channels=16,
        num_stages=2,
        deconv_out_channels=None,
        final_layer=None,
        decoder=codec,
    ),
    test_cfg=dict(flip_test=True, flip_mode='heatmap', shift_heatmap=True),
)

affine = dict(type='TopdownAffine', input_size=codec['input_size'])
target = dict(type='GenerateTarget', encoder=codec)
train_pipeline = [*_base_.load, *_base_.augmentation, affine, target, _base_.pack]
val_pipeline = [*_base_.load, affine, _base_.pack]
train_dataloader = dict(batch_size=8, dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = val_dataloader
default_hooks = dict(checkpoint=dict(save_best='PCK', rule='greater'))
