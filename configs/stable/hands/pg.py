# PG: Patch Gaussian, noise inside one random square (Lopes et al.).
_base_ = './base.py'

# Ours: a quarter of the input's side, and noise up to the whole range of grey levels.
patch = dict(type='PatchGaussian', patch_size=16, sigma=1.0)
train_pipeline = [*_base_.train_pipeline[:-1], patch, _base_.pack]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
