"""What figures draw equals the numbers they are drawn from."""

import itertools

import numpy as np
import pytest
from made_results import KINDS, make_content
from matplotlib.collections import LineCollection, PathCollection

from mmpose_stable.robustness.measures import RUC, R
from mmpose_stable.robustness.report import Run
from mmpose_stable.robustness.report.figures import bars_by_kind, ruc_curves
from mmpose_stable.robustness.report.pictures import draw_example
from mmpose_stable.robustness.report.style import write_png


def run_of(seed=0, **settings):
    return Run(f'run {seed}', make_content(seed=seed, **settings)[0])


def naive_mean(run, entry, **where):
    cells = [c for c in run.content['cells'] if all(c[key] == at for key, at in where.items())]
    return np.mean([cell[entry] for cell in cells], axis=0)


@pytest.mark.parametrize('count', [1, 3])
def test_bars_are_roots_of_means_the_worst_kind_first_with_intervals(count):
    runs = [run_of(seed) for seed in range(count)]
    axes = bars_by_kind(runs).axes[0]
    total = {kind: sum(naive_mean(run, 'r', kind=kind) for run in runs) for kind in KINDS}
    order = sorted(KINDS, key=total.get, reverse=True)
    assert [label.get_text() for label in axes.get_yticklabels()] == [*order, 'mean']
    bars = [group for group in axes.containers if hasattr(group, 'patches')]
    for run, group in zip(runs, bars, strict=True):
        means = [naive_mean(run, 'r', kind=kind) for kind in order] + [naive_mean(run, 'r')]
        widths = [bar.get_width() for bar in group]
        np.testing.assert_allclose(widths, np.sqrt(means), rtol=1e-12)
        ends = [segment[:, 0] for segment in group.errorbar.lines[2][0].get_segments()]
        expected = [run.content['intervals']['kinds'][kind]['r'] for kind in order]
        np.testing.assert_allclose(ends[:-1], np.sqrt(expected))
    spans = sorted((bar.get_y(), bar.get_y() + bar.get_height()) for g in bars for bar in g)
    assert all(end < start for (_, end), (start, _) in itertools.pairwise(spans))


def test_one_run_gets_a_curve_a_severity_several_one_each_also_in_percent_of_the_box():
    runs = [run_of(1), run_of(2)]
    lines = ruc_curves(runs[:1]).axes[0].lines
    assert [line.get_label() for line in lines] == ['severity 1', 'severity 3', 'severity 5']
    for line in lines:
        expected = naive_mean(runs[0], 'ruc', severity=int(line.get_label()[-1]))
        np.testing.assert_allclose(line.get_ydata(), expected[1:], rtol=1e-12)
        np.testing.assert_array_equal(line.get_xdata(), np.arange(1, 31))
    for run, line in zip(runs, ruc_curves(runs, per_box=True).axes[0].lines, strict=True):
        np.testing.assert_allclose(line.get_ydata(), naive_mean(run, 'ruc_box')[1:], rtol=1e-12)
        np.testing.assert_allclose(line.get_xdata(), np.linspace(0, 15, 31)[1:])


@pytest.mark.parametrize('measure', [R, RUC])
def test_a_kind_without_a_mean_is_the_worst_and_has_a_dash(measure):
    run = run_of()
    for cell in run.content['cells']:
        if cell['kind'] == 'saturate':
            cell[measure.entry] = None
    axes = bars_by_kind([run], measure).axes[0]
    assert axes.get_yticklabels()[0].get_text() == 'saturate'
    assert [text.get_text() == ' –' for text in axes.texts] == [True, False, False, True]


def test_equal_figures_have_equal_bytes(tmp_path):
    run = run_of()
    assert len({write_png(tmp_path / 'a.png', bars_by_kind([run])) for _ in range(2)}) == 1


def an_example(maps=True):
    generator = np.random.default_rng(0)
    example = {'labelled': np.array([True, True, False, True, False])}
    for name in ('keypoints_clean', 'keypoints_perturbed', 'true_keypoints'):
        example[name] = generator.uniform(0, 80, (5, 2))
    for name in ('clean', 'perturbed'):
        example[name] = generator.integers(0, 256, (64, 48, 3), dtype=np.uint8)
        if maps:
            example[f'{name}_maps'] = generator.uniform(0, 1, (5, 16, 12)).astype(np.float16)
    return example


def test_pictures_show_both_predictions_their_skeletons_and_real_labels():
    example, bones = an_example(), [[0, 1], [2, 4]]
    before, after = example['keypoints_clean'], example['keypoints_perturbed']
    clean, perturbed = draw_example({'x': example}, [tuple(bone) for bone in bones]).axes[:2]
    # A prediction outside does not shrink the picture.
    assert (clean.get_xlim(), clean.get_ylim()) == ((-0.5, 47.5), (63.5, -0.5))
    np.testing.assert_array_equal(clean.images[0].get_array(), example['clean'])
    np.testing.assert_array_equal(perturbed.images[0].get_array(), example['perturbed'])
    drawn = [*clean.collections, *perturbed.collections]
    dots = [one for one in drawn if isinstance(one, PathCollection)]
    names = ['label', *['prediction, clean'] * 2, 'prediction, perturbed']
    assert [one.get_label() for one in dots] == names
    lines = [one.get_segments() for one in drawn if isinstance(one, LineCollection)]
    points = [example['true_keypoints'][[0, 1, 3]], before, before, after]
    ends = [before[bones], after[bones], np.stack([before, after], 1)]
    found = [*(one.get_offsets() for one in dots), *lines]
    for shown, expected in zip(found, points + ends, strict=True):
        np.testing.assert_allclose(shown, expected)
    assert f'{np.mean([np.hypot(*d) for d in after - before]):.1f} px' in perturbed.get_title()


def test_a_picture_says_how_far_the_known_keypoints_moved_or_that_none_is_known():
    example = an_example()
    for unknown, words in ((1, 'px on average'), (5, 'person not found')):
        example['keypoints_perturbed'][:unknown] = np.nan
        title = draw_example({'x': example}).axes[1].get_title()
        assert words in title
        assert 'nan' not in title


def test_heatmaps_are_drawn_as_the_largest_of_all_keypoints_or_left_out():
    example = an_example()
    axes = draw_example({'x': example}).axes
    np.testing.assert_allclose(axes[2].images[1].get_array(), example['clean_maps'].max(0))
    np.testing.assert_allclose(axes[3].images[1].get_array(), example['perturbed_maps'].max(0))
    assert len(draw_example({'x': an_example(maps=False)}).axes) == 2
    figure = draw_example({'with': an_example(), 'without': an_example(maps=False)})
    assert [t.get_text() for axes in figure.axes for t in axes.texts] == ['no heatmaps'] * 2
