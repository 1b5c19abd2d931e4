_base_ = ['./_base_/cl_hourglass8.py', './_base_/mpii.py']

codec = dict(
    type='CompositeLocalization', input_size=(256, 256), stride=16, sigma=16, threshold=0.6
)

model = dict(
    data_preprocessor=_base_.data_preprocessor,
    head=dict(num_keypoints=16, decoder=codec),
)

affine = dict(type='TopdownAffine', input_size=codec['input_size'])
target = dict(type='GenerateTarget', encoder=codec)
train_pipeline = [*_base_.load, *_base_.augmentation, affine, target, _base_.pack]
val_pipeline = [*_base_.load, affine, _base_.pack]
train_dataloader = dict(batch_size=8, dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = val_dataloader
default_hooks = dict(checkpoint=dict(save_best='PCK', rule='greater'))
