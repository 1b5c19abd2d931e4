# The baseline on rendered hands that show their palm, at 64 px with 16x16 maps: what 2,000 updates
# can teach; of hands from all sides, in ../synth_hand, they teach little. The other files here
# change what they name.
_base_ = [
    '../../_base_/models/simple_resnet18.py',
    '../../_base_/schedules/adam_2000i.py',
    '../../_base_/data/synth_hand_palm.py',
]

codec = dict(type='MSRAHeatmap', input_size=(64, 64), heatmap_size=(16, 16), sigma=1)

model = dict(
    data_preprocessor=_base_.data_preprocessor,
    head=dict(out_channels=21, decoder=codec),
)

affine = dict(type='TopdownAffine', input_size=codec['input_size'])
target = dict(type='GenerateTarget', encoder=codec)
train_pipeline = [*_base_.load, *_base_.augmentation, affine, target, _base_.pack]
val_pipeline = [*_base_.load, affine, _base_.pack]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = val_dataloader
