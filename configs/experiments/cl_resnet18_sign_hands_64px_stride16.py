# Stride ablation: 4 x 4 cells, coarser than any of the paper's.
_base_ = './cl_resnet18_sign_hands_64px.py'

codec = dict(type='CompositeLocalization', input_size=(64, 64), stride=16, sigma=4, threshold=0.6)
model = dict(head=dict(num_deconvs=0, decoder=codec))

affine = dict(type='TopdownAffine', input_size=codec['input_size'])
target = dict(type='GenerateTarget', encoder=codec)
train_pipeline = [*_base_.load, *_base_.augmentation, affine, target, _base_.pack]
val_pipeline = [*_base_.load, affine, _base_.pack]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = val_dataloader
