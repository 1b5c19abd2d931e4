# CL + M on photographs of hands at 64 px.
_base_ = ['./cl_resnet18_sign_hands_64px.py', '../_base_/models/cl_mst.py']

model = _base_.cl_mst
train_pipeline = [*_base_.train_pipeline[:-1], *_base_.views]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
