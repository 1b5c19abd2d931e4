"""Our models in MMPose's own inference tools, from a config file and a checkpoint."""

import cv2
import numpy as np
import pytest
import torch
from built_models import build_from_config
from mmpose.apis import MMPoseInferencer, inference_topdown, init_model

CONFIGS = ['demo_hands.py', 'stable/hands/rhm.py']
BOXES = np.array([[20, 10, 120, 150], [60, 30, 190, 139]], np.float32)
WIDTH, HEIGHT = 200, 160


@pytest.fixture(scope='module', params=CONFIGS)
def files(request, repo, tmp_path_factory):
    """Config and checkpoint of random weights whose maps reach beyond 1, as untrained ones can."""
    config = repo / 'configs' / request.param
    torch.manual_seed(0)
    model = build_from_config(config)
    with torch.no_grad():
        model.head.final_layer.weight.mul_(3)
    weights = tmp_path_factory.mktemp('weights') / 'random.pth'
    torch.save({'state_dict': model.state_dict(), 'meta': {}}, weights)
    return str(config), str(weights)


@pytest.fixture
def photo(tmp_path, monkeypatch):
    """A picture in a folder of work in which no relative path of the checkout resolves."""
    monkeypatch.chdir(tmp_path)
    coarse = np.random.default_rng(0).integers(0, 256, (8, 10, 3), np.uint8)
    return cv2.resize(coarse, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)


def check_person(keypoints, scores):
    assert (np.shape(keypoints), np.shape(scores)) == ((21, 2), (21,))
    assert np.isfinite(keypoints).all()
    assert np.isfinite(scores).all()


def test_init_model_and_inference_topdown_find_a_hand_in_every_box(files, photo):
    model = init_model(*files, device='cpu')
    found = inference_topdown(model, photo, BOXES)
    for sample, box in zip(found, BOXES, strict=True):
        keypoints = sample.pred_instances.keypoints[0]
        check_person(keypoints, sample.pred_instances.keypoint_scores[0])
        centre = (box[:2] + box[2:]) / 2
        # Points lie in the crop around the box, not in pixels of the network's input.
        assert np.linalg.norm(keypoints - centre, axis=-1).max() < 200


def test_the_inferencer_predicts_and_draws(files, photo, tmp_path):
    given, out = str(tmp_path / 'photo.png'), tmp_path / 'out'
    cv2.imwrite(given, photo)
    # Unless told, MMPose downloads a detector of hands for data sets that it knows.
    inferencer = MMPoseInferencer(*files, device='cpu', det_model='whole_image')
    result = next(inferencer(given, return_vis=True, draw_heatmap=True, out_dir=str(out)))
    (person,) = result['predictions'][0]
    check_person(person['keypoints'], person['keypoint_scores'])
    assert result['visualization'][0].shape == (2 * HEIGHT, WIDTH, 3)
    assert {path.suffix for path in out.rglob('photo.*')} == {'.png', '.json'}
