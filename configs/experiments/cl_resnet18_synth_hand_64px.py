# CLNet beside configs/stable/synth_hand_64px, with its schedule.
_base_ = [
    '../_base_/models/cl_resnet18.py',
    '../_base_/schedules/adam_2000i.py',
    '../_base_/data/synth_hand_palm.py',
]

# The paper's best is 16 x 16 cells: at 64 px stride 4, and sigma in proportion.
codec = dict(type='CompositeLocalization', input_size=(64, 64), stride=4, sigma=4, threshold=0.6)

model = dict(
    data_preprocessor=_base_.data_preprocessor,
    head=dict(num_keypoints=21, num_deconvs=2, decoder=codec),
)

affine = dict(type='TopdownAffine', input_size=codec['input_size'])
target = dict(type='GenerateTarget', encoder=codec)
train_pipeline = [*_base_.load, *_base_.augmentation, affine, target, _base_.pack]
val_pipeline = [*_base_.load, affine, _base_.pack]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = val_dataloader
