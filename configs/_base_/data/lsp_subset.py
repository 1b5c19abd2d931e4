# The images of LSP's extended set on which all 14 joints are labelled and the long side is at most
# 400 px, split by blocks of image numbers. From its joints.mat:
#   tools/converters/lsp_to_coco.py FOLDER --split-file FOLDER/train.txt --out FOLDER/train.json
# and the same for val. Its labels are noisy: only comparisons between models mean much.
dataset_type = 'LSPDataset'
data_mode = 'topdown'
data_root = 'data/lsp_extended_subset/'

# The steps of the pipelines that do not depend on the codec; the leaf adds the others.
load = [dict(type='LoadImage'), dict(type='GetBBoxCenterScale')]
augmentation = [
    dict(type='RandomFlip'),
    dict(type='RandomBBoxTransform', scale_factor=(0.75, 1.25), rotate_factor=30),
]
pack = dict(type='PackPoseInputs')

train_dataloader = dict(
    batch_size=16,
    num_workers=1,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(
        type=dataset_type,
        data_root=data_root,
        data_mode=data_mode,
        ann_file='train.json',
        data_prefix=dict(img='images/'),
    ),
)
val_dataloader = dict(
    batch_size=64,
    num_workers=1,
    persistent_workers=True,
    drop_last=False,
    sampler=dict(type='DefaultSampler', shuffle=False, round_up=False),
    dataset=dict(
        type=dataset_type,
        data_root=data_root,
        data_mode=data_mode,
        ann_file='val.json',
        data_prefix=dict(img='images/'),
        test_mode=True,
    ),
)
test_dataloader = val_dataloader

val_evaluator = dict(type='TorsoPCKAccuracy', thr=0.2)
test_evaluator = val_evaluator
