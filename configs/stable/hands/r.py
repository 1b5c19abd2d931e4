# R: row-column correlation in the baseline's head.
_base_ = './base.py'

model = dict(head=dict(type='RCCHead', rcc=True))
