# The first of the two stacks of `hourglass2_sign_hands_64px.py`, with the second cut off.
_base_ = './hourglass2_sign_hands_64px.py'

model = dict(backbone=dict(num_stacks=1), head=dict(num_stages=1))
