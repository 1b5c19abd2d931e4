# Stride ablation: 32 x 32 cells, as 64 x 64 at the paper's 256 px.
_base_ = './cl_resnet18_sign_hands.py'

codec = dict(type='CompositeLocalization', input_size=(128, 128), stride=4, sigma=8, threshold=0.6)
model = dict(head=dict(num_deconvs=2, decoder=codec))

affine = dict(type='TopdownAffine', input_size=codec['input_size'])
target = dict(type='GenerateTarget', encoder=codec)
train_pipeline = [*_base_.load, *_base_.augmentation, affine, target, _base_.pack]
val_pipeline = [*_base_.load, affine, _base_.pack]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = val_dataloader
