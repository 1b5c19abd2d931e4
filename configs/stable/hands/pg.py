# PG: Patch Gaussian, noise inside one random square (Lopes et al.).
_base_ = './base.py'

# Squares up to the input's size and noise up to the whole range of grey levels, as its source.
patch = dict(type='PatchGaussian', sigma=1.0)
train_pipeline = [*_base_.train_pipeline[:-1], patch, _base_.pack]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
