# Stride ablation: 4 x 4 cells, coarser than any of the paper's.
_base_ = './cl_resnet18_sign_hands.py'

codec = dict(type='CompositeLocalization', input_size=(128, 128), stride=32, sigma=8, threshold=0.6)
model = dict(
    backbone=dict(  # layer4 is kept
        num_stages=4, strides=(1, 2, 2, 2), dilations=(1, 1, 1, 1), out_indices=(3,)
    ),
    head=dict(in_channels=512, num_deconvs=0, decoder=codec),
)

affine = dict(type='TopdownAffine', input_size=codec['input_size'])
target = dict(type='GenerateTarget', encoder=codec)
train_pipeline = [*_base_.load, *_base_.augmentation, affine, target, _base_.pack]
val_pipeline = [*_base_.load, affine, _base_.pack]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = val_dataloader
