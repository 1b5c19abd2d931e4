# R + H + M in the paper's regime: maps of the input's size, alpha and Thd per pixel of the map.
_base_ = './rhm.py'

hd_heatmap = dict(
    type='HDHeatmap',
    input_size=(64, 64),
    heatmap_size=(64, 64),
    alpha=0.7,
    threshold=8,
    unit='heatmap',
    refine='none',
)
codec = dict(_delete_=True, **hd_heatmap)
# ResNet-18 ends at stride 32: five deconvolutions reach the size of the input.
model = dict(
    head=dict(
        deconv_out_channels=(128,) * 5,
        deconv_kernel_sizes=(4,) * 5,
        decoder=codec,
    ),
)
target = dict(type='GenerateTarget', encoder=hd_heatmap)
train_pipeline = [*_base_.train_pipeline[:-3], target, *_base_.views]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
