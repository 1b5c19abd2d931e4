_base_ = './cl_hourglass8_coco.py'

model = dict(backbone=dict(num_stacks=2), head=dict(num_stacks=2))
