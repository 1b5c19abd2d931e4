# Loss ablation: square error of the offsets at the peak's cell only,
# so that no other cell may vote.
_base_ = './cl_resnet18_sign_hands.py'

loss = dict(type='CompositeLocalizationLoss', mode='peak_mse')
model = dict(head=dict(loss=loss, decoder=dict(voters='peak')))
