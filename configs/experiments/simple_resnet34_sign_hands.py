_base_ = '../stable/sign_hands/base.py'

model = dict(backbone=dict(depth=34))
