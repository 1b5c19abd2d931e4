# As on RHD, with the Stereo Hand Pose Tracking Benchmark, as `tools/converters/stb_to_coco.py`
# writes it.
_base_ = '../rhd_mobilenetv2/base.py'

dataset_type = 'STBDataset'
data_root = 'data/stb/'
stb = dict(type=dataset_type, data_root=data_root, data_prefix=dict(img='images/'))
train_dataloader = dict(dataset=dict(**stb, ann_file='annotations/stb_train.json'))
val_dataloader = dict(dataset=dict(**stb, ann_file='annotations/stb_test.json'))
test_dataloader = val_dataloader
