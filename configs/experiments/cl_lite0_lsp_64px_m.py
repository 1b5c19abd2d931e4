# CL + M with a backbone that was trained on ImageNet, for the jitter on a video.
_base_ = ['./cl_lite0_lsp_64px.py', '../_base_/models/cl_mst.py']

model = _base_.cl_mst
train_pipeline = [*_base_.train_pipeline[:-1], *_base_.views]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
