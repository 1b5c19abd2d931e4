# R + H + M, all views divided by the clean one's maximum, so that a perturbed peak's fall costs.
_base_ = './rhm.py'

model = dict(consistency=[dict(type='MSTLoss', loss_weight=10.0, scale='clean')])
