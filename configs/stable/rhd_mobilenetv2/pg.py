# PG: Patch Gaussian, noise inside one random square (Lopes et al.).
_base_ = './base.py'

patch = dict(type='PatchGaussian', patch_size=64, sigma=1.0)
train_pipeline = [*_base_.train_pipeline[:-1], patch, _base_.pack]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
