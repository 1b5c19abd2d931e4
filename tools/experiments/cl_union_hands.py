# cl_hands.py with offsets that are trained on the predicted region too.
_base_ = './cl_hands.py'

model = dict(head=dict(loss=dict(type='CompositeLocalizationLoss', region='union')))
