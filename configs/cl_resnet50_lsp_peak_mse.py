# Loss ablation of the paper (section 4.3): square error of the offsets at the peak's cell only.
_base_ = './cl_resnet50_lsp.py'

model = dict(head=dict(loss=dict(type='CompositeLocalizationLoss', mode='peak_mse')))
