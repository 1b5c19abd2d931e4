"""KeypointFile: every person once, in the order of the annotations, without labels."""

import json

import numpy as np
import pytest

from mmpose_stable.metrics import KeypointFile


def sample(number):
    points = np.full((1, 3, 2), float(number))
    found = {'keypoints': points, 'keypoint_scores': np.full((1, 3), 0.5)}
    return {'id': number, 'img_path': f'any/folder/{number}.jpg', 'pred_instances': found}


def test_persons_are_written_in_the_order_of_the_annotations(tmp_path):
    metric = KeypointFile(str(tmp_path / 'new' / 'all'))
    metric.process([], [sample(2), sample(0)])
    metric.process([], [sample(1)])
    assert metric.evaluate(3) == {'file/persons': 3}
    persons = json.loads((tmp_path / 'new' / 'all.keypoints.json').read_text())
    assert [person['image'] for person in persons] == ['0.jpg', '1.jpg', '2.jpg']
    assert persons[2] == {
        'id': 2,
        'image': '2.jpg',
        'keypoints': [[2.0, 2.0]] * 3,
        'scores': [0.5] * 3,
    }


def test_a_place_that_cannot_be_written_is_refused_before_the_test(tmp_path):
    (tmp_path / 'file').touch()
    with pytest.raises(ValueError, match='`outfile_prefix` of KeypointFile: cannot write'):
        KeypointFile(str(tmp_path / 'file' / 'all'))
