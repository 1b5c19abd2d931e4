# Leeds Sports Pose: its 1,000 training images and the 10,000 of its extended set train, the usual
# protocol; its 1,000 test images validate. Files as `tools/converters/lsp_to_coco.py` writes them.
dataset_type = 'LSPDataset'
data_mode = 'topdown'
data_root = 'data/'  # of both sets, lsp/ and lspet/

# The steps of the pipelines that do not depend on the codec; the leaf adds the others.
load = [dict(type='LoadImage'), dict(type='GetBBoxCenterScale')]
# Ranges of Newell et al., and the shear that composite localization adds.
augmentation = [
    dict(type='RandomFlip'),
    dict(type='RandomShear'),
    dict(type='RandomBBoxTransform', scale_factor=(0.75, 1.25), rotate_factor=30),
]
pack = dict(type='PackPoseInputs')

# A leaf gives each of them its pipeline.
train_sets = [
    dict(
        type=dataset_type,
        data_root=data_root,
        data_mode=data_mode,
        ann_file=f'{name}/train.json',
        data_prefix=dict(img=f'{name}/images/'),
    )
    for name in ('lsp', 'lspet')
]
train_dataloader = dict(
    batch_size=128,
    num_workers=4,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(type='ConcatDataset', datasets=train_sets),
)
val_dataloader = dict(
    batch_size=64,
    num_workers=4,
    persistent_workers=True,
    drop_last=False,
    sampler=dict(type='DefaultSampler', shuffle=False, round_up=False),
    dataset=dict(
        type=dataset_type,
        data_root=data_root,
        data_mode=data_mode,
        ann_file='lsp/test.json',
        data_prefix=dict(img='lsp/images/'),
        test_mode=True,
    ),
)
test_dataloader = val_dataloader

val_evaluator = dict(type='TorsoPCKAccuracy', thr=0.2)
test_evaluator = val_evaluator
