# Plain augmentation: half of the pictures are perturbed. The competitor of every other method.
_base_ = './base.py'

perturbation = dict(type='RandomPerturbation', prob=0.5, kinds='train')
train_pipeline = [*_base_.train_pipeline[:-1], perturbation, _base_.pack]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
