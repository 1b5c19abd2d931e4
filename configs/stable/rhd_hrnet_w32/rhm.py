_base_ = ['../rhd_mobilenetv2/rhm.py', '../../_base_/backbones/hrnet_w32.py']

model = dict(
    backbone=dict(
        _delete_=True,
        **_base_.hrnet_w32,
        init_cfg=[dict(type='PretrainedIfAvailable', checkpoint=_base_.hrnet_w32_weights)],
    ),
    head=dict(in_channels=32, deconv_out_channels=None),
)
