_base_ = './cl_resnet50_coco.py'

initialisers = [
    *_base_.model.backbone.init_cfg[:2],
    dict(type='PretrainedIfAvailable', checkpoint='torchvision://resnet101'),
]
model = dict(backbone=dict(depth=101, init_cfg=initialisers))
