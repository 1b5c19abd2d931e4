# Loss ablation of the paper (section 4.3): G-RMI's, which classifies each cell
# and trains the offsets at every positive.
_base_ = './cl_resnet50_lsp.py'

model = dict(head=dict(loss=dict(type='CompositeLocalizationLoss', mode='g_rmi')))
