# With layer4 of the backbone, which CLNet drops: is it what the baseline is ahead by?
_base_ = './cl_resnet18_lsp.py'

model = dict(
    backbone=dict(num_stages=4, strides=(1, 2, 2, 2), dilations=(1, 1, 1, 1), out_indices=(3,)),
    head=dict(in_channels=512, num_deconvs=2),
)
