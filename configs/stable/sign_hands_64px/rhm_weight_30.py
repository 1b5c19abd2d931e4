# R + H + M with three times the weight of the consistency loss.
_base_ = './rhm.py'

model = dict(consistency=[dict(type='MSTLoss', loss_weight=30.0)])
