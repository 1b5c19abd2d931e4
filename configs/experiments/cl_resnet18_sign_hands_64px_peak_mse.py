# Loss ablation: square error of the offsets at the peak's cell only.
_base_ = './cl_resnet18_sign_hands_64px.py'

model = dict(head=dict(loss=dict(type='CompositeLocalizationLoss', mode='peak_mse')))
