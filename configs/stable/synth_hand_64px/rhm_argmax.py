# R + H + M, decoded at the arg-max as in the paper, whose maps are about as large as the input.
_base_ = './rhm.py'

argmax = dict(_base_.hd_heatmap, refine='none')
codec = argmax
model = dict(head=dict(decoder=argmax))
target = dict(type='GenerateTarget', encoder=argmax)
train_pipeline = [*_base_.train_pipeline[:-3], target, *_base_.views]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
