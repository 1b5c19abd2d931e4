# The first of the two stacks of `cl_hourglass2_sign_hands_64px.py`, with the second cut off.
_base_ = './cl_hourglass2_sign_hands_64px.py'

model = dict(backbone=dict(num_stacks=1), head=dict(num_stacks=1))
