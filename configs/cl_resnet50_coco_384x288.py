_base_ = './cl_resnet50_coco.py'

# The larger input leaves the stride and sigma as they are: 24 x 18 cells.
codec = dict(
    type='CompositeLocalization', input_size=(288, 384), stride=16, sigma=16, threshold=0.6
)
model = dict(head=dict(decoder=codec))

affine = dict(type='TopdownAffine', input_size=codec['input_size'])
target = dict(type='GenerateTarget', encoder=codec)
train_pipeline = [*_base_.load, *_base_.augmentation, affine, target, _base_.pack]
val_pipeline = [*_base_.load, affine, _base_.pack]
# With 4 GPUs the paper's batch of 128; with fewer, train with `--auto-scale-lr`.
train_dataloader = dict(batch_size=32, dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = val_dataloader
