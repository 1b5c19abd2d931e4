import pytest
import torch
from mmengine.structures import PixelData
from small_heads import COMPOSITE, SIZES, K, build_cl, build_samples, features


@pytest.mark.parametrize('num_deconvs', [0, 1, 2])
def test_each_deconvolution_halves_the_stride_and_maps_start_near_zero(num_deconvs):
    maps = build_cl(num_deconvs=num_deconvs).eval()(features())
    assert maps.shape == (2, 3 * K, 12 * 2**num_deconvs, 16 * 2**num_deconvs)
    assert maps.abs().max() < 0.1


def test_the_dilated_blocks_see_further_than_plain_ones():
    head = build_cl(mid_channels=16).eval()
    picture = torch.randn(1, 8, 21, 21, requires_grad=True)
    head((picture,))[0, 0, 10, 10].backward()
    seen = picture.grad.abs().sum(1)[0] > 0
    # Dilation 2 twice, 1 once and the output convolution reach 2 + 2 + 1 + 1 cells.
    assert seen[:, 4].any()
    assert not seen[:, 3].any()


def test_the_k_heatmaps_alone_are_handed_out_as_probabilities_where_they_are_logits():
    head = build_cl(loss={'type': 'CompositeLocalizationLoss', 'mode': 'g_rmi'}).eval()
    _, fields = head.predict(features(), build_samples(head), {'output_heatmaps': True})
    for field in fields:
        assert field.heatmaps.shape == (K, 12, 16)
        assert ((field.heatmaps > 0) & (field.heatmaps < 1)).all()


def test_targets_of_another_codec_are_named():
    head = build_cl()
    samples = build_samples(head)
    for sample in samples:
        sample.gt_fields = PixelData(heatmaps=torch.zeros(K, 12, 16))
    with pytest.raises(ValueError, match='no offset maps'):
        head.loss(features(), samples)


VOTING = {**COMPOSITE, 'threshold': 0.5}
PEAK = {'type': 'CompositeLocalizationLoss', 'mode': 'peak_mse'}


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        (
            {'decoder': {'type': 'MSRAHeatmap', **SIZES, 'sigma': 2}},
            r"head\.decoder\.type.*got 'MSRAHeatmap'",
        ),
        ({'num_deconvs': 3}, r'head\.num_deconvs'),
        ({'mid_channels': 6}, r'multiple of `head\.mid_channels`, got 16 and 6'),
        ({'decoder': VOTING}, r'decoder\.threshold=0\.5.*`head\.loss\.threshold=0\.6'),
        ({'loss': PEAK}, r"peak_mse.*`head\.decoder\.voters='likely'.*'peak'"),
    ],
)
def test_settings_that_do_not_fit_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        build_cl(**options)
