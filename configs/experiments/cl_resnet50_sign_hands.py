_base_ = './cl_resnet18_sign_hands.py'

model = dict(backbone=dict(depth=50), head=dict(in_channels=1024))
