# Leeds Sports Pose Extended at 96 px: ImageNet's EfficientNet-Lite0 to stride 16, a heatmap head.
# The data are those that tools/converters/lsp_to_coco.py writes.
_base_ = ['../../configs/_base_/default_runtime.py', '../../configs/_base_/lsp.py']

codec = dict(type='MSRAHeatmap', input_size=(96, 96), heatmap_size=(24, 24), sigma=1.5)

model = dict(
    type='TopdownPoseEstimator',
    data_preprocessor=dict(
        type='PoseDataPreprocessor', mean=[127.0] * 3, std=[128.0] * 3, bgr_to_rgb=True
    ),
    backbone=dict(type='EfficientNetLite0', out_stages=(5,)),
    head=dict(
        type='HeatmapHead',
        in_channels=112,
        out_channels=14,
        deconv_out_channels=(128, 128),
        deconv_kernel_sizes=(4, 4),
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
    num_workers=0,
    persistent_workers=False,
    dataset=dict(
        _delete_=True,
        **part,
        ann_file='train.json',
        data_prefix=images,
        pipeline=[*_base_.load, *_base_.augmentation, affine, target, _base_.pack],
    ),
)
val_dataloader = dict(
    num_workers=0,
    persistent_workers=False,
    dataset=dict(
        _delete_=True,
        **part,
        ann_file='val.json',
        data_prefix=images,
        indices=200,  # a robustness run on more takes too long for a processor
        test_mode=True,
        pipeline=val_pipeline,
    ),
)
test_dataloader = val_dataloader
val_evaluator = [dict(type='TorsoPCKAccuracy', thr=0.2), dict(type='KeypointAUC', max_distance=30)]
test_evaluator = val_evaluator
default_hooks = dict(checkpoint=dict(by_epoch=False, interval=200))
log_processor = dict(by_epoch=False)
train_cfg = dict(_delete_=True, type='IterBasedTrainLoop', max_iters=1200, val_interval=1200)
param_scheduler = [
    dict(type='LinearLR', begin=0, end=100, start_factor=0.01, by_epoch=False),
    dict(type='MultiStepLR', begin=0, end=1200, milestones=[900, 1100], gamma=0.1, by_epoch=False),
]
