# Writes the keypoints of MPII's test set, whose labels are not public. Make its annotations with
# `tools/converters/mpii_to_coco.py --test`.
_base_ = './cl_resnet50_mpii.py'

test_dataloader = dict(dataset=dict(ann_file='annotations/mpii_test.json', headbox_file=None))
test_evaluator = dict(_delete_=True, type='KeypointFile', outfile_prefix='mpii_test')
