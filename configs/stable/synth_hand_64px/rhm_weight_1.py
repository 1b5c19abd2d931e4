# R + H + M with a tenth of the weight of the consistency loss.
_base_ = './rhm.py'

model = dict(consistency=[dict(type='MSTLoss', loss_weight=1.0)])
