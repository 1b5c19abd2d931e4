import math
from itertools import product

import pytest
import torch

from mmpose_stable.layers.row_column_correlation import (
    NORMALISATIONS,
    RowColumnCorrelation,
    log_row_column_correlation,
    row_column_correlation,
)

every_normalisation = pytest.mark.parametrize('normalise', NORMALISATIONS)


def bell(size, centre, sigma):
    i = torch.arange(size, dtype=torch.float64)
    return torch.exp(-((i - centre) ** 2) / (2 * sigma**2))


def gaussian(size, row, column, sigma):
    """Equation 2."""
    return torch.outer(bell(size, row, sigma), bell(size, column, sigma))


def closed_form(size, peaks):
    """Equations 3 to 6, term by term."""
    total = torch.zeros(size, size, dtype=torch.float64)
    for (row_a, column_a, sigma_a), (row_b, column_b, sigma_b) in product(peaks, repeat=2):
        crossed = torch.outer(bell(size, row_a, sigma_a), bell(size, column_b, sigma_b))
        weight = (bell(size, column_a, sigma_a) * bell(size, row_b, sigma_b)).sum()
        total += weight * crossed
    return total


def naive_rcc(heatmap):
    """Equation 1 in loops, on a map padded to a square on both sides and cropped back."""
    height, width = heatmap.shape
    size = max(height, width)
    top, left = (size - height) // 2, (size - width) // 2
    square = torch.zeros(size, size, dtype=heatmap.dtype)
    square[top : top + height, left : left + width] = heatmap
    out = torch.zeros_like(square)
    for row in range(size):
        for column in range(size):
            out[row, column] = sum(square[row, i] * square[i, column] for i in range(size))
    return out[top : top + height, left : left + width]


def naive_scale(normalise, correlation, sigma):
    """What each normalisation divides a correlation (H, W) by."""
    constant = sigma * math.sqrt(math.pi)
    norm = sum(value**2 for value in correlation.flatten().tolist()) ** 0.5
    return {'max': correlation.max().item(), 'constant': constant, 'l2': norm / constant}[normalise]


@every_normalisation
@pytest.mark.parametrize(
    'peaks',
    [
        [(17.3, 21.9, 2.0)],
        [(0, 0, 2.0)],  # at the border
        [(10, 12, 2.0), (25, 22, 4.0)],
        [(5, 9, 1.5), (20, 18, 2.5), (33, 30, 3.5)],
    ],
)
def test_theorem_2_all_weighted_pairs_of_peaks_are_given(normalise, peaks):
    heatmap = sum(gaussian(40, *peak) for peak in peaks)
    expected = closed_form(40, peaks)
    expected = expected / naive_scale(normalise, expected, 3.0)
    out = RowColumnCorrelation(normalise, 3.0)(heatmap)
    torch.testing.assert_close(out, expected, rtol=1e-11, atol=1e-20)


@pytest.mark.parametrize('shape', [(8, 8), (8, 6), (6, 8), (9, 4), (3, 10)])
def test_correlation_and_its_logarithm_equal_the_loops_on_a_padded_square(shape):
    heatmap = torch.rand(*shape, dtype=torch.float64)
    expected = naive_rcc(heatmap)
    torch.testing.assert_close(row_column_correlation(heatmap), expected)
    found = log_row_column_correlation(heatmap.log()).exp()
    torch.testing.assert_close(found, expected / expected.sum())


@every_normalisation
def test_gradients_are_finite_differences(normalise):
    heatmap = torch.rand(5, 6, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(RowColumnCorrelation(normalise, 1.5), heatmap)


@pytest.mark.parametrize('normalise', ['l2', 'max'])
@pytest.mark.parametrize(('offset', 'scale'), [(0, 1), (3, 1e-2), (7, 1), (8, 1e3), (10, 1e3)])
def test_theorem_1_holds_whatever_the_scale_of_a_float32_map(normalise, offset, scale):
    heatmap = gaussian(32, 10, 10 + offset, 1.0).float()
    out = RowColumnCorrelation(normalise, 1.0)(scale * heatmap)
    torch.testing.assert_close(out, heatmap, rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize('dtype', [torch.float16, torch.bfloat16])
def test_low_precision_is_computed_in_float32_under_autocast(dtype):
    heatmap = (gaussian(64, 4, 60, 2.0) + 1e-3).to(dtype)
    layer = RowColumnCorrelation(sigma=2.0)
    with torch.autocast('cpu', dtype=torch.bfloat16):
        out = layer(heatmap)
        log_out = log_row_column_correlation(heatmap.float().log())
    assert out.dtype == log_out.dtype == torch.float32
    torch.testing.assert_close(out, layer(heatmap.float()))
    assert torch.isfinite(log_out).all()


@every_normalisation
@pytest.mark.parametrize('scale', [0.0, 1e-30, -1e-8, 1e-4])
def test_all_but_empty_maps_give_finite_outputs_and_gradients(scale, normalise):
    maps = (scale * torch.rand(2, 3, 16, 16)).requires_grad_()
    out = RowColumnCorrelation(normalise, sigma=0.5)(maps)
    out.square().sum().backward()
    assert torch.isfinite(out).all()
    assert out.abs().max() <= 1
    assert torch.isfinite(maps.grad).all()


@pytest.mark.parametrize('gap', [5.0, 50.0])
def test_a_far_off_diagonal_peak_keeps_its_value_and_its_gradient(gap):
    logits = torch.zeros(32, 32)
    logits[2, 28] = gap
    exact = logits.double().requires_grad_()
    logits.requires_grad_()
    out = log_row_column_correlation(logits.flatten().log_softmax(-1).view_as(logits))
    log_p = exact.flatten().log_softmax(-1).view_as(exact)
    paths = (log_p[:, :, None] + log_p[None, :, :]).logsumexp(1)  # (row, column)
    expected = paths - paths.logsumexp((0, 1))
    torch.testing.assert_close(out.double(), expected, rtol=0, atol=1e-4)
    out[2, 28].backward()
    expected[2, 28].backward()
    assert exact.grad.abs().max() > 0.1
    torch.testing.assert_close(logits.grad.double(), exact.grad, rtol=0, atol=1e-4)


def test_a_deviation_that_would_divide_by_nothing_and_an_unknown_normalisation_are_refused():
    with pytest.raises(ValueError, match=r"`normalise='l2'` needs .* `head\.decoder\.sigma`"):
        RowColumnCorrelation(sigma=0)
    with pytest.raises(ValueError, match=r"`normalise` should be one of \('l2'.*got 'peak'"):
        RowColumnCorrelation('peak')
