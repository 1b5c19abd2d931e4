_base_ = './cl_hourglass8_coco.py'

# The larger input leaves the stride and sigma as they are: 24 x 16 cells.
codec = dict(
    type='CompositeLocalization', input_size=(256, 384), stride=16, sigma=16, threshold=0.6
)
model = dict(head=dict(decoder=codec))

affine = dict(type='TopdownAffine', input_size=codec['input_size'])
target = dict(type='GenerateTarget', encoder=codec)
train_pipeline = [*_base_.load, *_base_.augmentation, affine, target, _base_.pack]
val_pipeline = [*_base_.load, affine, _base_.pack]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = val_dataloader
