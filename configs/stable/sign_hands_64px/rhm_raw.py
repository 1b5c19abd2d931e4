# R + H + M with RCC of the raw maps, the result of which are the logits.
_base_ = './rhm.py'

model = dict(head=dict(rcc_order='raw'))
