# VGG-19-BN, pretrained.
vgg19_bn = dict(
    type='VGG',
    depth=19,
    norm_cfg=dict(type='BN'),
    init_cfg=[dict(type='PretrainedIfAvailable', checkpoint='mmcls://vgg19_bn')],
)
