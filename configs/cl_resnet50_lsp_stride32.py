# Stride ablation of the paper (section 4.3, Table 5): 8 x 8 cells. About a fifth of the keypoints
# have no cell with a target of the threshold, so their offsets are not trained.
_base_ = './cl_resnet50_lsp.py'

codec = dict(
    type='CompositeLocalization', input_size=(256, 256), stride=32, sigma=16, threshold=0.6
)
model = dict(
    backbone=dict(  # layer4 is kept
        num_stages=4, strides=(1, 2, 2, 2), dilations=(1, 1, 1, 1), out_indices=(3,)
    ),
    head=dict(in_channels=2048, decoder=codec),
)

affine = dict(type='TopdownAffine', input_size=codec['input_size'])
target = dict(type='GenerateTarget', encoder=codec)
train_pipeline = [*_base_.load, *_base_.augmentation, affine, target, _base_.pack]
val_pipeline = [*_base_.load, affine, _base_.pack]
train_sets = [dict(part, pipeline=train_pipeline) for part in _base_.train_sets]
train_dataloader = dict(dataset=dict(datasets=train_sets))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = val_dataloader
