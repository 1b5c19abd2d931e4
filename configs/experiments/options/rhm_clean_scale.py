# R + H + M with all views divided by the maximum of the clean one, so that a falling peak costs.
_base_ = './rhm.py'

model = dict(consistency=[dict(type='MSTLoss', loss_weight=1.0, scale='clean')])
