# A check of the whole chain: memorise the few persons of a small COCO subset, then find them again.
_base_ = [
    '../_base_/models/cl_resnet18.py',
    '../_base_/schedules/adam_small.py',
    '../_base_/data/coco.py',
]

# 12 x 16 cells, as at 192 x 256 with stride 16; small pictures and batches buy updates.
codec = dict(type='CompositeLocalization', input_size=(96, 128), stride=8, sigma=8, threshold=0.6)

model = dict(
    data_preprocessor=_base_.data_preprocessor,
    head=dict(num_keypoints=17, num_deconvs=1, decoder=codec),
)

affine = dict(type='TopdownAffine', input_size=codec['input_size'])
target = dict(type='GenerateTarget', encoder=codec)
# Only flips: the flip test needs them, any other augmentation would only slow memorising.
train_pipeline = [*_base_.load, _base_.augmentation[0], affine, target, _base_.pack]
val_pipeline = [*_base_.load, affine, _base_.pack]
data = dict(
    ann_file='annotations/person_keypoints_train2017.json', data_prefix=dict(img='train2017/')
)
train_dataloader = dict(batch_size=8, num_workers=1, dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(num_workers=1, dataset=dict(**data, pipeline=val_pipeline))
test_dataloader = val_dataloader
val_evaluator = dict(ann_file=_base_.data_root + data['ann_file'])
test_evaluator = val_evaluator
train_cfg = dict(max_iters=2000, val_interval=200)
# Two cycles: 1e-3 down to 1e-5, then from 5e-4 down again. One alone ended just short of AP 0.9.
steps = dict(type='MultiStepLR', begin=0, end=2000, by_epoch=False)
param_scheduler = [
    dict(type='LinearLR', begin=0, end=50, start_factor=0.01, by_epoch=False),
    dict(milestones=[1200, 1450, 1850], gamma=0.1, **steps),
    dict(milestones=[1600], gamma=50, **steps),
]
