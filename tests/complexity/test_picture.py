"""The picture draws every network with a printed accuracy, with labels that can be read."""

import itertools
import json

import cv2
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from mmpose_stable.complexity.picture import draw_picture
from mmpose_stable.complexity.printed import PRINTED


def make_rows(*names, **measured):
    return [
        {'config': name, 'ours': name.startswith('cl_'), 'input_size': [192, 256], 'gmacs': 4.0 + i}
        | measured
        for i, name in enumerate(names)
    ]


@pytest.fixture
def figures(monkeypatch):
    """The figures that are drawn."""
    drawn = []

    class Kept(Figure):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            drawn.append(self)

    monkeypatch.setattr('mmpose_stable.complexity.picture.Figure', Kept)
    return drawn


def test_a_panel_for_each_cost_that_was_measured(figures, tmp_path):
    path = tmp_path / 'picture.png'
    assert draw_picture(make_rows('cl_resnet50_coco', 'mine'), 'here', path) == 1
    assert cv2.imread(str(path)).size > 0
    timed = make_rows('cl_resnet50_coco', 'cl_hourglass8_coco', images_per_second_1=3.0)
    assert draw_picture(timed, 'here', path) == 2
    assert [len(figure.axes) for figure in figures] == [1, 2]
    assert [entry.name for entry in tmp_path.iterdir()] == ['picture.png']


def test_points_stand_at_measured_cost_and_printed_accuracy(figures, tmp_path):
    draw_picture(make_rows('cl_resnet50_coco'), '', tmp_path / 'picture.png')
    (points,) = figures[0].axes[0].collections
    assert points.get_offsets().tolist() == [[4.0, PRINTED['cl_resnet50_coco'].ap]]


def test_nothing_is_drawn_of_networks_without_a_printed_accuracy(tmp_path):
    assert draw_picture(make_rows('mine'), '', tmp_path / 'picture.png') == 0
    assert not list(tmp_path.iterdir())


def test_labels_of_the_published_picture_do_not_run_into_each_other(repo, figures, tmp_path):
    page = repo / 'docs' / 'complexity' / 'complexity.json'
    draw_picture(json.loads(page.read_text())['rows'], 'here', tmp_path / 'picture.png')
    renderer = FigureCanvasAgg(figures[0]).get_renderer()
    for panel in figures[0].axes:
        boxes = [text.get_window_extent(renderer) for text in panel.texts]
        assert len(boxes) > 5
        assert not any(a.overlaps(b) for a, b in itertools.combinations(boxes, 2))
        frame = panel.get_window_extent(renderer)
        assert all(frame.x0 <= box.x0 and box.x1 <= frame.x1 for box in boxes)
