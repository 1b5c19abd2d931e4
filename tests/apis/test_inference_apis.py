"""Our models in MMPose's own inferencer, from a config file and a checkpoint."""

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from built_models import build_from_config
from mmpose.apis import MMPoseInferencer

WIDTH, HEIGHT = 200, 160


@pytest.mark.parametrize('name', ['demo_hands', 'stable/hands/rhm'])
def test_the_inferencer_predicts_and_draws(name, repo, tmp_path, monkeypatch):
    config = str(repo / 'configs' / f'{name}.py')
    monkeypatch.chdir(tmp_path)  # in which no relative path of the checkout resolves
    model = build_from_config(config)
    with torch.no_grad():
        model.head.final_layer.weight.mul_(3)  # maps reach beyond 1, as untrained ones can
    torch.save({'state_dict': model.state_dict(), 'meta': {}}, 'random.pth')
    coarse = np.random.default_rng(0).integers(0, 256, (8, 10, 3), np.uint8)
    cv2.imwrite('photo.png', cv2.resize(coarse, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC))
    # Unless told, MMPose downloads a detector of hands for data sets that it knows.
    inferencer = MMPoseInferencer(config, 'random.pth', device='cpu', det_model='whole_image')
    result = next(inferencer('photo.png', return_vis=True, draw_heatmap=True, out_dir='out'))
    (person,) = result['predictions'][0]
    assert np.shape(person['keypoints']) == (21, 2)
    assert np.isfinite(person['keypoints']).all()
    assert np.isfinite(person['keypoint_scores']).all()
    assert result['visualization'][0].shape == (2 * HEIGHT, WIDTH, 3)
    assert {path.suffix for path in Path('out').rglob('photo.*')} == {'.png', '.json'}
