# R + H with the correlation of the raw map as logits, in place of that of the probabilities.
_base_ = './rh.py'

model = dict(head=dict(rcc_order='raw'))
