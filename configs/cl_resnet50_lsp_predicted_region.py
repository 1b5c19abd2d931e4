# The loss as the paper writes it: offsets are trained where the *predicted* heatmap reaches tau,
# which from scratch may be nowhere for long. The other configs take the target's region.
_base_ = './cl_resnet50_lsp.py'

model = dict(head=dict(loss=dict(type='CompositeLocalizationLoss', region='predicted')))
