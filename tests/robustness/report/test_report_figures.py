"""What figures draw equals the numbers they are drawn from."""

import numpy as np
import pytest
from made_results import KINDS, make_content, write_run
from matplotlib.collections import PathCollection

from mmpose_stable.robustness.measures import RUC, R
from mmpose_stable.robustness.report import Run, load_run
from mmpose_stable.robustness.report.figures import bars_by_kind, ruc_curves
from mmpose_stable.robustness.report.pictures import common_examples, draw_example


def run_of(seed=0, **settings):
    return Run(f'run {seed}', make_content(seed=seed, **settings)[0])


def naive_mean(run, entry, **where):
    cells = [c for c in run.content['cells'] if all(c[key] == at for key, at in where.items())]
    return np.mean([cell[entry] for cell in cells], axis=0)


def test_bars_are_roots_of_means_the_worst_kind_first_with_intervals():
    runs = [run_of(seed) for seed in range(3)]
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


@pytest.fixture
def example(tmp_path):
    """A picture of a run, clean and perturbed."""
    ((first,), *_) = common_examples([load_run(write_run(tmp_path))]).values()
    return first


def test_pictures_show_both_predictions_real_labels_and_the_largest_of_all_heatmaps(example):
    before, after = example['keypoints_clean'], example['keypoints_perturbed']
    axes = draw_example({'x': example}).axes
    dots = [one for each in axes for one in each.collections if isinstance(one, PathCollection)]
    points = [example['true_keypoints'][example['labelled']], before, before, after]
    for shown, expected in zip(dots, points, strict=True):
        np.testing.assert_allclose(shown.get_offsets(), expected)
    for name, picture, heatmap in zip(('clean', 'perturbed'), axes[:2], axes[2:], strict=True):
        np.testing.assert_array_equal(picture.images[0].get_array(), example[name])
        largest = example[f'{name}_maps'].max(0)
        np.testing.assert_allclose(heatmap.images[1].get_array(), largest)


def test_a_picture_says_how_far_the_known_keypoints_moved_or_that_none_is_known(example):
    for unknown, words in ((1, 'px on average'), (5, 'person not found')):
        example['keypoints_perturbed'][:unknown] = np.nan
        title = draw_example({'x': example}).axes[1].get_title()
        assert words in title
        assert 'nan' not in title
