# Loss as the paper writes it: offsets are trained where the predicted heatmap reaches tau.
_base_ = './cl_resnet18_sign_hands_64px.py'

model = dict(head=dict(loss=dict(type='CompositeLocalizationLoss', region='predicted')))
