# ResNet-50, pretrained.
resnet50 = dict(
    type='ResNet',
    depth=50,
    init_cfg=[dict(type='PretrainedIfAvailable', checkpoint='torchvision://resnet50')],
)
