# R + H + M with a hundred times the weight of the consistency loss.
_base_ = './rhm.py'

model = dict(consistency=[dict(type='MSTLoss', loss_weight=100.0)])
