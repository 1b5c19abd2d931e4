# CL + M on people in sports at 64 px, for the jitter of a model with and without M on a video.
_base_ = ['./cl_resnet18_lsp_64px.py', '../_base_/models/cl_mst.py']

model = _base_.cl_mst
train_pipeline = [*_base_.train_pipeline[:-1], *_base_.views]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
