# R + H: softmax first, then the correlation of the probabilities.
_base_ = './h.py'

model = dict(head=dict(rcc=True))
