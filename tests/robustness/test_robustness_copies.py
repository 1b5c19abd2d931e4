"""Perturbed copies: the right picture, at the right step, from one read."""

import cv2
import numpy as np
import pytest
import tiny_runs
from mmengine.registry import init_default_scope
from mmpose.datasets.transforms import BottomupResize, LoadImage, TopdownAffine
from mmpose.registry import DATASETS
from mmpose.structures import PoseDataSample

from mmpose_stable.perturbations import perturb
from mmpose_stable.perturbations.transforms import PerturbImage
from mmpose_stable.robustness.copies import CopiesPipeline, iterate_copies, step_behind
from mmpose_stable.robustness.selection import select_cells

CELLS = select_cells('spatter,jpeg_compression', '2,4')


def dataset_with_copies(data, perturb_at, seed=0):
    init_default_scope('mmpose')
    cfg = tiny_runs.tiny_config(data, data).test_dataloader.dataset
    dataset = DATASETS.build(cfg)
    clean = [dataset[at] for at in range(len(dataset))]
    steps = dataset.pipeline.transforms
    dataset.pipeline = CopiesPipeline(steps, CELLS, perturb_at, seed)
    return dataset, clean


def test_crops_are_perturbed_by_person_in_the_order_of_the_cells(tiny_data):
    dataset, clean = dataset_with_copies(tiny_data, 'crop', seed=3)
    for at, packed in enumerate(clean):
        sample = dataset[at]
        np.testing.assert_array_equal(sample['inputs'][0], packed['inputs'].numpy())
        crop = packed['inputs'].numpy().transpose(1, 2, 0)
        assert sample['sample_id'] == packed['data_samples'].metainfo['id']
        for cell, inputs in zip(CELLS, sample['inputs'][1:], strict=True):
            key = (3, sample['sample_id'])
            expected = perturb(crop, *cell, key=key, channel_order='bgr')
            np.testing.assert_array_equal(inputs.transpose(1, 2, 0), expected)


def test_whole_images_are_perturbed_once_for_all_persons_in_them(tiny_data):
    dataset, clean = dataset_with_copies(tiny_data, 'image')
    affine = TopdownAffine(tiny_runs.INPUT)
    for at, packed in enumerate(clean):
        sample = dataset[at]
        meta = packed['data_samples'].metainfo
        image = cv2.imread(meta['img_path'])
        for cell, inputs in zip(CELLS, sample['inputs'][1:], strict=True):
            key = (0, int(meta['img_id']))
            weather = perturb(image, *cell, key=key, channel_order='bgr')
            box = {
                'img': weather,
                'bbox_center': meta['input_center'][None],
                'bbox_scale': meta['input_scale'][None],
            }
            expected = affine.transform(box)['img']
            np.testing.assert_array_equal(inputs.transpose(1, 2, 0), expected)


def test_an_image_is_read_once_for_all_of_its_copies(tiny_data, monkeypatch):
    reads = []
    load = LoadImage.transform

    def counting(self, results):
        reads.append(results['img_path'])
        return load(self, results)

    monkeypatch.setattr(LoadImage, 'transform', counting)
    for perturb_at in ('crop', 'image'):
        dataset, _ = dataset_with_copies(tiny_data, perturb_at)
        reads.clear()
        assert dataset[0]['inputs'].shape[0] == 1 + len(CELLS)
        assert len(reads) == 1


def test_workers_give_the_same_copies_in_the_same_order(tiny_data):
    dataset, _ = dataset_with_copies(tiny_data, 'crop')
    indices = [4, 0, 6]
    alone = list(iterate_copies(dataset, indices, num_workers=0))
    shared = list(iterate_copies(dataset, indices, num_workers=2))
    assert [index for index, _ in shared] == indices
    for (_, one), (_, other) in zip(alone, shared, strict=True):
        np.testing.assert_array_equal(one['inputs'], other['inputs'])


class Load(LoadImage):
    """A picture of zeros in place of a file."""

    picture = np.zeros((8, 8, 3), np.uint8)

    def transform(self, results):
        return {**results, 'img': self.picture}


class Crop(TopdownAffine):
    def transform(self, results):
        return results


def test_a_transform_that_changes_arrays_in_place_does_not_change_the_next_copy():
    def grow(results):
        results['bbox_scale'] *= 2
        results['inputs'] = results['img'][:1, :1, :1] * 0 + int(results['bbox_scale'][0])
        frame = {'input_center': np.zeros(2), 'input_scale': np.ones(2)}
        results['data_samples'] = PoseDataSample(metainfo=frame)
        return results

    pipeline = CopiesPipeline([Load(), Crop((8, 8)), grow], CELLS, 'image', seed=0)
    sample = pipeline({'id': 1, 'img_id': 2, 'bbox_scale': np.array([3.0])})
    assert sample['inputs'].ravel().tolist() == [6] * (1 + len(CELLS))


@pytest.mark.parametrize(
    ('steps', 'at', 'message'),
    [
        ([LoadImage()], 'crop', r"needs a TopdownAffine .*got \['LoadImage'\]"),
        ([LoadImage()], 'box', '--perturb-at'),
        ([LoadImage(), PerturbImage('snow', 1)], 'image', 'PerturbImage: take it out'),
        ([LoadImage(), BottomupResize((64, 64), aug_scales=[0.5])], 'image', 'got `aug_scales`'),
    ],
)
def test_a_pipeline_that_cannot_be_perturbed_is_refused(steps, at, message):
    with pytest.raises(ValueError, match=message):
        step_behind(steps, at)


@pytest.mark.parametrize(
    ('picture', 'at', 'message'),
    [
        (np.zeros((8, 8, 3), np.float32), 'image', r'uint8 picture.*float32.*to_float32'),
        (
            np.zeros((6, 7, 3), np.uint8),
            'image',
            r'small\.png \(image\) has 7×6.*--perturb-at',
        ),
        (np.zeros((6, 7, 3), np.uint8), 'crop', r'small\.png \(crop\) has 7×6 pixels.*input_size'),
    ],
)
def test_a_picture_that_cannot_be_perturbed_is_refused(monkeypatch, picture, at, message):
    monkeypatch.setattr(Load, 'picture', picture)
    info = {'id': 1, 'img_id': 2, 'img_path': 'small.png'}
    with pytest.raises(ValueError, match=message):
        CopiesPipeline([Load(), Crop((8, 8)), lambda r: {}], CELLS, at, 0)(info)
