# Leeds Sports Pose Extended at 64 px: ImageNet's EfficientNet-Lite0 under a heatmap head.
# tools/converters/lsp_to_coco.py writes train.json and val.json beside images/.
_base_ = ['../../configs/_base_/default_runtime.py', '../../configs/_base_/lsp.py']

codec = dict(type='MSRAHeatmap', input_size=(64, 64), heatmap_size=(16, 16), sigma=1)

model = dict(
    type='TopdownPoseEstimator',
    data_preprocessor=dict(
        type='PoseDataPreprocessor', mean=[127.0] * 3, std=[128.0] * 3, bgr_to_rgb=True
    ),
    backbone=dict(type='EfficientNetLite0'),
    head=dict(
        type='HeatmapHead',
        in_channels=320,
        out_channels=14,
        deconv_out_channels=(128, 128, 128),
        deconv_kernel_sizes=(4, 4, 4),
        loss=dict(type='KeypointMSELoss', use_target_weight=True),
        decoder=codec,
    ),
    test_cfg=dict(flip_test=True, flip_mode='heatmap', shift_heatmap=True),
)

affine = dict(type='TopdownAffine', input_size=codec['input_size'])
target = dict(type='GenerateTarget', encoder=codec)
val_pipeline = [*_base_.load, affine, _base_.pack]
part = dict(type='LSPDataset', data_mode='topdown', data_root='data/lspet/')
images = dict(img='images/')
train_dataloader = dict(
    batch_size=16,
    num_workers=1,
    dataset=dict(
        _delete_=True,
        **part,
        ann_file='train.json',
        data_prefix=images,
        pipeline=[*_base_.load, *_base_.augmentation, affine, target, _base_.pack],
    ),
)
val_dataloader = dict(
    num_workers=1,
    dataset=dict(
        _delete_=True,
        **part,
        ann_file='val.json',
        data_prefix=images,
        test_mode=True,
        pipeline=val_pipeline,
    ),
)
test_dataloader = val_dataloader
val_evaluator = [dict(type='TorsoPCKAccuracy', thr=0.2), dict(type='KeypointAUC', max_distance=30)]
test_evaluator = val_evaluator

train_cfg = dict(_delete_=True, type='IterBasedTrainLoop', max_iters=1000, val_interval=1000)
param_scheduler = [
    dict(type='LinearLR', begin=0, end=100, start_factor=0.01, by_epoch=False),
    dict(type='MultiStepLR', begin=0, end=1000, milestones=[700, 900], gamma=0.1, by_epoch=False),
]
auto_scale_lr = dict(base_batch_size=16)
log_processor = dict(by_epoch=False)
default_hooks = dict(checkpoint=dict(interval=200, by_epoch=False))
custom_hooks = [dict(type='SyncBuffersHook'), dict(type='ChannelsLastHook')]
randomness = dict(seed=0)
