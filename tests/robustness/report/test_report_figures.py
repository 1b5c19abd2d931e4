"""What figures draw equals the numbers they are drawn from."""

import itertools

import numpy as np
import pytest
from made_results import CELLS, KINDS, make_content
from matplotlib.collections import PathCollection
from matplotlib.colors import to_rgb

from mmpose_stable.robustness.measures import AUC, RUC, Measure, R
from mmpose_stable.robustness.report import Run
from mmpose_stable.robustness.report.figures import (
    bars_by_kind,
    heat_table,
    ruc_by_kind,
    ruc_curves,
)
from mmpose_stable.robustness.report.pictures import Example, draw_example
from mmpose_stable.robustness.report.style import bar_style, run_style, to_png


def run_of(seed=0, **settings):
    return Run(f'run {seed}', make_content(seed=seed, **settings)[0])


def naive_mean(run, entry, **where):
    return np.mean(
        [
            cell[entry]
            for cell in run.content['cells']
            if all(cell[key] == value for key, value in where.items())
        ],
        axis=0,
    )


@pytest.mark.parametrize('count', [1, 3])
def test_bars_are_means_over_severities_and_the_last_the_mean_of_all(count):
    runs = [run_of(seed) for seed in range(count)]
    axes = bars_by_kind(runs, R).axes[0]
    assert len(axes.containers) == count
    for run, bars in zip(runs, axes.containers, strict=True):
        expected = [naive_mean(run, 'r', kind=kind) for kind in KINDS] + [naive_mean(run, 'r')]
        np.testing.assert_allclose([bar.get_width() for bar in bars], expected, rtol=1e-12)
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert labels == ['brightness', 'frost', 'saturate', 'mean']
    assert 'px²' in axes.get_xlabel()


def test_bars_of_different_runs_do_not_overlap():
    axes = bars_by_kind([run_of(seed) for seed in range(3)], R).axes[0]
    spans = sorted(
        (bar.get_y(), bar.get_y() + bar.get_height()) for bars in axes.containers for bar in bars
    )
    assert all(end < start for (_, end), (start, _) in itertools.pairwise(spans))


def test_one_run_gets_a_curve_a_severity():
    run = run_of()
    lines = ruc_curves([run]).axes[0].lines
    assert [line.get_label() for line in lines] == ['1', '3', '5']
    for line in lines:
        expected = naive_mean(run, 'ruc', severity=int(line.get_label()))
        np.testing.assert_allclose(line.get_ydata(), expected[1:], rtol=1e-12)
        np.testing.assert_array_equal(line.get_xdata(), np.arange(1, 31))


def test_several_runs_get_a_curve_each_also_in_percent_of_the_box():
    runs = [run_of(1), run_of(2)]
    lines = ruc_curves(runs, per_box=True).axes[0].lines
    for run, line in zip(runs, lines, strict=True):
        np.testing.assert_allclose(line.get_ydata(), naive_mean(run, 'ruc_box')[1:], rtol=1e-12)
        np.testing.assert_allclose(line.get_xdata(), np.linspace(0, 15, 31)[1:])


def test_every_kind_has_a_panel_of_its_own_curves():
    run = run_of()
    panels = {axes.get_title(): axes for axes in ruc_by_kind([run]).axes if axes.get_visible()}
    assert list(panels) == list(KINDS)
    for cell, line in zip(CELLS[3:6], panels['frost'].lines, strict=True):
        np.testing.assert_allclose(line.get_ydata(), run.cells[cell]['ruc'][1:], rtol=1e-12)


def test_heat_tables_show_every_cell_on_one_scale_with_light_as_the_better_end():
    runs = [run_of(1), run_of(2, scale=4.0)]
    for measure in (R, RUC):
        figure = heat_table(runs, measure)
        images = [axes.images[0] for axes in figure.axes if axes.images]
        for run, image in zip(runs, images, strict=True):
            expected = [measure.read(run.cells[cell]) for cell in CELLS]
            np.testing.assert_allclose(np.ravel(image.get_array()), expected)
        assert images[0].norm is images[1].norm
        values = np.concatenate([np.ravel(image.get_array()) for image in images])
        best, worst = np.sort(values)[[0, -1] if measure is R else [-1, 0]]
        light = [sum(images[0].to_rgba(value)[:3]) for value in (best, worst)]
        assert light[0] > light[1]


def test_values_that_a_model_has_not_are_drawn_as_dashes():
    run = run_of()
    for cell in run.content['cells']:
        cell['auc'] = None
    bars = bars_by_kind([run], AUC)
    assert [text.get_text() for text in bars.axes[0].texts] == [' –'] * 4
    table = heat_table([run], AUC).axes[0]
    assert {text.get_text() for text in table.texts} == {'–'}
    for figure in (bars, heat_table([run], AUC)):
        assert to_png(figure)


def test_runs_that_nothing_moves_can_be_drawn():
    run = run_of(scale=0.0)
    for figure in (bars_by_kind([run], R), heat_table([run], R), ruc_curves([run])):
        assert to_png(figure)
    assert {text.get_text() for text in heat_table([run], R).axes[0].texts} == {'0.000'}


def test_equal_figures_are_equal_bytes():
    assert to_png(ruc_curves([run_of()])) == to_png(ruc_curves([run_of()]))


def test_many_runs_are_told_apart_by_colour_or_line():
    styles = [tuple(run_style(at).values()) for at in range(28)]
    assert len(set(styles)) == 28


def test_no_two_of_21_bars_look_alike():
    styles = [bar_style(at) for at in range(21)]
    assert len({tuple(style.values()) for style in styles}) == 21
    assert styles[0]['facecolor'] == pytest.approx(to_rgb(styles[0]['edgecolor']))
    assert all(0 <= channel <= 1 for style in styles for channel in style['facecolor'])


@pytest.mark.parametrize(
    ('value', 'text'),
    [(0.01234, '0.012'), (5.0, '5.00'), (123.4, '123'), (54321.0, '54321'), (2e-7, '2e-07')],
)
def test_numbers_in_cells_keep_three_digits(value, text):
    run = run_of()
    for cell in run.content['cells']:
        cell['made'] = value
    measure = Measure('made', 'made', '', '{}', '', '')
    assert {t.get_text() for t in heat_table([run], measure).axes[0].texts} == {text}


def an_example(maps=True):
    generator = np.random.default_rng(0)
    heat = generator.uniform(0, 1, (2, 5, 16, 12)).astype(np.float16)
    return Example(
        *generator.integers(0, 256, (2, 64, 48, 3), dtype=np.uint8),
        *generator.uniform(0, 48, (3, 5, 2)),
        np.array([True, True, False, True, False]),
        *(heat if maps else (None, None)),
    )


def points(axes):
    return {
        collection.get_label(): np.asarray(collection.get_offsets())
        for collection in axes.collections
        if isinstance(collection, PathCollection)
    }


def test_pictures_show_both_predictions_and_real_labels_where_they_are():
    example = an_example()
    clean, perturbed = draw_example({'x': example}).axes[:2]
    np.testing.assert_array_equal(clean.images[0].get_array(), example.clean)
    np.testing.assert_array_equal(perturbed.images[0].get_array(), example.perturbed)
    np.testing.assert_allclose(points(clean)['prediction, clean'], example.keypoints_clean)
    np.testing.assert_allclose(points(clean)['label'], example.true_keypoints[[0, 1, 3]])
    np.testing.assert_allclose(points(perturbed)['prediction, clean'], example.keypoints_clean)
    np.testing.assert_allclose(
        points(perturbed)['prediction, perturbed'], example.keypoints_perturbed
    )
    naive = np.mean([np.hypot(*d) for d in example.keypoints_perturbed - example.keypoints_clean])
    assert f'{naive:.1f} px' in perturbed.get_title()


def test_heatmaps_are_drawn_as_the_largest_of_all_keypoints_or_left_out():
    example = an_example()
    axes = draw_example({'x': example}).axes
    assert len(axes) == 4
    np.testing.assert_allclose(axes[2].images[1].get_array(), example.clean_maps.max(0))
    np.testing.assert_allclose(axes[3].images[1].get_array(), example.perturbed_maps.max(0))
    assert len(draw_example({'x': an_example(maps=False)}).axes) == 2


def test_a_prediction_outside_does_not_shrink_the_picture():
    example = an_example()
    example.keypoints_perturbed[0] = (-500, 900)
    for axes in draw_example({'x': example}).axes[:2]:
        assert axes.get_xlim() == (-0.5, 47.5)
        assert axes.get_ylim() == (63.5, -0.5)


def test_several_runs_get_a_row_each_and_words_where_one_has_no_heatmap():
    figure = draw_example({'with': an_example(), 'without': an_example(maps=False)})
    assert len(figure.axes) == 8
    assert [t.get_text() for axes in figure.axes for t in axes.texts] == ['no heatmaps'] * 2
    assert to_png(figure)
