"""PCKhAccuracy: MMPose's scores, and the table of the papers in the log."""

import numpy as np
import pytest
from mmengine.logging import MMLogger
from mmpose.evaluation.metrics import MpiiPCKAccuracy

from mmpose_stable.metrics import PCKhAccuracy


def samples():
    rng = np.random.default_rng(0)
    truth = rng.uniform(20, 180, (20, 1, 16, 2))
    predicted = truth - 1 + rng.normal(0, 8, truth.shape)
    return [
        {
            'pred_instances': {'keypoints': found},
            'gt_instances': {
                'keypoints': labels,
                'keypoints_visible': np.ones((1, 16)),
                'head_size': np.full((1, 1), 20.0),
            },
        }
        for found, labels in zip(predicted, truth, strict=True)
    ]


def test_scores_are_mmposes_and_the_log_shows_the_joints_in_per_cent(monkeypatch):
    shown = []
    monkeypatch.setattr(
        MMLogger.get_current_instance(), 'log', lambda level, text: shown.append(text)
    )
    results = []
    for metric in (MpiiPCKAccuracy(), PCKhAccuracy()):
        metric.process([], samples())
        results.append(metric.evaluate(20))
    assert results[0] == pytest.approx(results[1])
    (table,) = [text for text in shown if 'per cent' in text]
    title, names, values = table.splitlines()
    assert title == 'PCKh@0.5 in per cent'
    assert names.split() == ['Head', 'Shoulder', 'Elbow', 'Wrist', 'Hip', 'Knee', 'Ankle', 'Total']
    expected = [*list(results[0].values())[:7], results[0]['PCK']]
    assert values.split() == [f'{value:.1f}' for value in expected]
    assert 0 < expected[-1] < 100
