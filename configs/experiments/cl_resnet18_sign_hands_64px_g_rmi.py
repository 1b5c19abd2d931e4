# Loss ablation: G-RMI's, which classifies each cell and trains the offsets at every positive.
_base_ = './cl_resnet18_sign_hands_64px.py'

model = dict(head=dict(loss=dict(type='CompositeLocalizationLoss', mode='g_rmi')))
