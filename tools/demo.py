"""Train a small CLNet on rendered hands, test it and draw what it predicts.

Nothing is downloaded. A demo that was interrupted goes on where it stopped.
"""

from __future__ import annotations

import argparse
from pathlib import Path

# First: MMPose imports only with its stand-ins where MMCV has no compiled operators.
import mmpose_stable  # noqa: F401

# isort: split
import cv2
import numpy as np
from mmengine.runner import Runner, find_latest_checkpoint
from mmpose.apis import init_model

from mmpose_stable.cli.configuration import load_config
from mmpose_stable.cli.test import main as test
from mmpose_stable.cli.train import main as train
from mmpose_stable.cli.train import parse_args as parse_train_args
from mmpose_stable.engine.cpu_amp import fast_bfloat16
from mmpose_stable.files import write_image

CONFIG = Path(__file__).resolve().parents[1] / 'configs' / 'demo_synth_hand.py'
TRUTH, PREDICTION = (90, 200, 90), (60, 60, 255)  # green and red, as BGR


def draw(image: np.ndarray, hands: list[tuple[np.ndarray, tuple]], links: list) -> np.ndarray:
    """Return the picture, three times as large, with the skeletons of hands drawn on it."""
    zoom = 3
    canvas = cv2.resize(image, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_CUBIC)
    for keypoints, colour in hands:
        points = np.rint((keypoints + 0.5) * zoom - 0.5).astype(int)
        for start, end in links:
            cv2.line(canvas, points[start].tolist(), points[end].tolist(), colour, 1, cv2.LINE_AA)
        for point in points:
            cv2.circle(canvas, point.tolist(), 2, colour, -1, cv2.LINE_AA)
    return canvas


def prediction_sheet(checkpoint: str, count: int, columns: int) -> np.ndarray:
    """Return one picture of test hands, labels in green and predictions in red."""
    cfg = load_config(parse_train_args([str(CONFIG)]))
    model = init_model(cfg, checkpoint, device='cpu')
    dataset = Runner.build_dataloader(cfg.test_dataloader).dataset
    links = dataset.metainfo['skeleton_links']
    tiles = []
    for index in range(count):
        result = model.test_step({key: [value] for key, value in dataset[index].items()})[0]
        picture = dataset.get_data_info(index)
        truth = (picture['keypoints'][0], TRUTH)
        prediction = (result.pred_instances.keypoints[0], PREDICTION)
        tiles.append(draw(picture['img'], [truth, prediction], links))
    rows = [np.hstack(tiles[start : start + columns]) for start in range(0, count, columns)]
    return np.vstack(rows)


def main() -> None:
    """Run the demo."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--work-dir', default='work_dirs/demo', help='where everything goes')
    args = parser.parse_args()
    folder = Path(args.work_dir)

    amp = ['--amp'] if fast_bfloat16() else []
    train([str(CONFIG), '--work-dir', str(folder), '--resume', *amp])
    checkpoint = find_latest_checkpoint(str(folder))
    results = folder / 'results.json'
    metrics = test([str(CONFIG), checkpoint, '--work-dir', str(folder), '--out', str(results)])

    sheet = folder / 'predictions.png'
    write_image(sheet, prediction_sheet(checkpoint, count=12, columns=4))

    print('\nOn hands that it has not seen:', {k: round(float(v), 3) for k, v in metrics.items()})
    print(f'predictions (red) on labels (green): {sheet}')
    print(f'results: {results}')
    print(f'checkpoint: {checkpoint}')


if __name__ == '__main__':
    main()
