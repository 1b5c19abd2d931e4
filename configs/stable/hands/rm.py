# R + M.
_base_ = './m.py'

model = dict(head=dict(type='RCCHead', rcc=True))
