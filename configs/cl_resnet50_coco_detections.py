# Validates on the person detections of SimpleBaseline, as the paper's scores do, instead of
# labelled boxes. For any other COCO config: --cfg-options test_dataloader.dataset.bbox_file=FILE
_base_ = './cl_resnet50_coco.py'

bbox_file = 'person_detection_results/COCO_val2017_detections_AP_H_56_person.json'
val_dataloader = dict(dataset=dict(bbox_file=_base_.data_root + bbox_file))
test_dataloader = val_dataloader
