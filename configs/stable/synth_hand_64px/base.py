# The baseline on rendered hands that show their palm, at 64 px with 16x16 maps: what 2,000 updates
# can teach; of hands from all sides, in ../synth_hand, they teach little. The other files here
# change what they name.
_base_ = [
    '../../_base_/models/simple_resnet18.py',
    '../../_base_/schedules/adam_2000i.py',
    '../../_base_/data/synth_hand.py',
]

codec = dict(type='MSRAHeatmap', input_size=(64, 64), heatmap_size=(16, 16), sigma=1)

model = dict(
    data_preprocessor=_base_.data_preprocessor,
    head=dict(out_channels=21, decoder=codec),
)

affine = dict(type='TopdownAffine', input_size=codec['input_size'])
target = dict(type='GenerateTarget', encoder=codec)
# Smaller pictures are rendered in less time.
hands = dict(views='palm', image_size=(112, 112))
turn = dict(type='RandomBBoxTransform', scale_factor=(0.85, 1.15), rotate_factor=20)
train_pipeline = [*_base_.load, dict(type='RandomFlip'), turn, affine, target, _base_.pack]
val_pipeline = [*_base_.load, affine, _base_.pack]
train_data = dict(num_samples=32000, pipeline=train_pipeline, **hands)  # each is seen once
train_dataloader = dict(dataset=train_data)
val_data = dict(num_samples=400, pipeline=val_pipeline, **hands)
val_dataloader = dict(dataset=val_data)
test_dataloader = val_dataloader
