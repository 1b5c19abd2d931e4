# CL + M on rendered hands at 64 px.
_base_ = ['./cl_resnet18_synth_hand_64px.py', '../_base_/models/cl_mst.py']

model = _base_.cl_mst
train_pipeline = [*_base_.train_pipeline[:-1], *_base_.views]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
