# ST_a: stability training with all ten training perturbations.
_base_ = './m.py'

# Ours: the weight of ST_g.
model = dict(consistency=[dict(type='StabilityLoss', loss_weight=0.001)])
