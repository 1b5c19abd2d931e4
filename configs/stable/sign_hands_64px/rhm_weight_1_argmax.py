# `rhm_weight_1`, decoded at the arg-max.
_base_ = './rhm_argmax.py'

model = dict(consistency=[dict(type='MSTLoss', loss_weight=1.0)])
