# R + H with the correlation of the raw map as logits.
_base_ = './rh.py'

model = dict(head=dict(rcc_order='raw'))
