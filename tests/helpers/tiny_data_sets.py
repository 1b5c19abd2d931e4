"""Data sets of two persons in the layouts that the configs read, and configs shrunk to them."""

import json
from pathlib import Path

import cv2
import numpy as np
from annotation_files import coco_annotation, coco_document
from built_models import walk
from mmengine.config import Config
from mmpose.datasets.datasets.utils import parse_pose_metainfo
from mmpose.registry import DATASETS
from scipy.io import savemat

from mmpose_stable.config_parts import replace_data_root
from mmpose_stable.files import write_text

WIDTH, HEIGHT = 200, 160
NUM_PERSONS = 2


def leaf_datasets(dataset: dict) -> list[dict]:
    """Return the data sets of a wrapper, or the data set itself."""
    return list(dataset.get('datasets', [dataset]))


def persons(num_keypoints: int) -> np.ndarray:
    """Return keypoints (2, K, 2) of two persons, well inside the image."""
    rng = np.random.default_rng(0)
    return rng.uniform((50, 30), (WIDTH - 50, HEIGHT - 30), (NUM_PERSONS, num_keypoints, 2))


def write_coco(dataset: dict, keypoints: np.ndarray) -> None:
    """Write COCO JSON, and the detections where the config asks for them."""
    box = [40.0, 20.0, WIDTH - 80.0, HEIGHT - 40.0]
    images, annotations, detections = [], [], []
    for at, points in enumerate(keypoints, start=1):
        images.append({'id': at, 'file_name': f'{at:06d}.jpg', 'width': WIDTH, 'height': HEIGHT})
        annotations.append(coco_annotation(at, at, np.insert(points, 2, 2, axis=1), box))
        detections.append({'image_id': at, 'category_id': 1, 'bbox': box, 'score': 0.9})
    document = coco_document('person', (), images, annotations)
    write_text(Path(dataset['data_root'], dataset['ann_file']), json.dumps(document))
    if dataset.get('bbox_file'):
        write_text(Path(dataset['bbox_file']), json.dumps(detections))


def write_mpii(dataset: dict, keypoints: np.ndarray) -> None:
    """Write MPII's JSON and its head boxes."""
    person = {'center': [WIDTH / 2, HEIGHT / 2], 'scale': 0.6}
    person['joints_vis'] = [1] * keypoints.shape[1]
    document = [
        {**person, 'image': f'{at:06d}.jpg', 'joints': points.tolist()}
        for at, points in enumerate(keypoints, start=1)
    ]
    write_text(Path(dataset['data_root'], dataset['ann_file']), json.dumps(document))
    if dataset.get('headbox_file'):
        corners = np.array([[80.0, 30.0], [110.0, 60.0]])
        savemat(dataset['headbox_file'], {'headboxes_src': np.stack([corners] * NUM_PERSONS, 2)})


def write_files(dataset: dict) -> None:
    """Write the files that a data set config names; a procedural data set names none."""
    if 'ann_file' not in dataset:
        return
    metainfo = parse_pose_metainfo(DATASETS.get(dataset['type']).METAINFO)
    images = Path(dataset['data_root'], dataset['data_prefix']['img'])
    images.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(1).integers(0, 256, (NUM_PERSONS, HEIGHT, WIDTH, 3), np.uint8)
    for at, image in enumerate(noise, start=1):
        cv2.imwrite(str(images / f'{at:06d}.jpg'), image)
    write = write_mpii if dataset['type'] == 'MpiiDataset' else write_coco
    write(dataset, persons(metainfo['num_keypoints']))


def shrink(cfg: Config, folder: Path) -> None:
    """Make a config train two iterations of one sample, then predict one, offline; in place."""
    if cfg.get('data_root'):
        replace_data_root(cfg, str(folder / 'data'))
    for part in walk(cfg.model):
        if isinstance(part.get('init_cfg'), list):
            part['init_cfg'] = [i for i in part['init_cfg'] if 'Pretrained' not in i['type']]
    for loader, samples in ((cfg.train_dataloader, 2), (cfg.val_dataloader, 1)):
        datasets = leaf_datasets(loader.dataset)
        for dataset in datasets:
            write_files(dataset)
            dataset['indices'] = samples // len(datasets)
        loader.update(batch_size=1, num_workers=0, persistent_workers=False)
    length = 'max_epochs' if cfg.train_cfg.get('by_epoch') else 'max_iters'
    steps = 1 if length == 'max_epochs' else 2
    cfg.train_cfg.update({length: steps, 'val_interval': steps})
    cfg.default_hooks.checkpoint = None
    cfg.merge_from_dict({'work_dir': str(folder / 'work'), 'experiment_name': folder.name})
    cfg.log_level = 'ERROR'
