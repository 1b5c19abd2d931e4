_base_ = './cl_resnet50_coco.py'

initialisers = [
    *_base_.model.backbone.init_cfg[:2],
    dict(type='PretrainedIfAvailable', checkpoint='torchvision://resnet18'),
]
model = dict(
    backbone=dict(depth=18, init_cfg=initialisers),
    head=dict(in_channels=256),  # basic blocks: layer3 has a quarter of the bottlenecks' channels
)
