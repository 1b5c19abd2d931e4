# R + H + M: the whole of stable heatmap regression.
_base_ = './hm.py'

model = dict(head=dict(rcc=True))
