# The weight of the consistency loss that is compared with the default.
_base_ = './rhm_synth_hand_5000.py'

model = dict(consistency=[dict(type='MSTLoss', loss_weight=1.0)])
