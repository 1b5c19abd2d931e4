# Writes the predictions on COCO's test-dev as its server takes them, once the file is named
# person_keypoints_test-dev2017_NAME_results.json and zipped.
_base_ = './cl_resnet50_coco.py'

ann_file = 'annotations/image_info_test-dev2017.json'
bbox_file = 'person_detection_results/COCO_test-dev2017_detections_AP_H_609_person.json'
test_dataloader = dict(
    dataset=dict(
        ann_file=ann_file,
        bbox_file=_base_.data_root + bbox_file,
        data_prefix=dict(img='test2017/'),
    )
)
test_evaluator = dict(
    ann_file=_base_.data_root + ann_file,
    format_only=True,
    outfile_prefix='test_dev',
)
