# Loss ablation of the paper (section 4.3): square error of the offsets at the peak's cell only,
# so that no other cell may vote.
_base_ = './cl_resnet50_lsp.py'

loss = dict(type='CompositeLocalizationLoss', mode='peak_mse')
model = dict(head=dict(loss=loss, decoder=dict(voters='peak')))
