# ShuffleNetV2, pretrained.
shufflenetv2 = dict(
    type='ShuffleNetV2',
    init_cfg=[dict(type='PretrainedIfAvailable', checkpoint='mmcls://shufflenet_v2')],
)
