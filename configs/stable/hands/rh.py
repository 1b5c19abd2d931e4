# R + H.
_base_ = './h.py'

model = dict(head=dict(rcc=True))
