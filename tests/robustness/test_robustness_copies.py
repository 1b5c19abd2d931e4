"""Perturbed copies: the right picture, at the right step, from one read."""

import cv2
import numpy as np
import pytest
import tiny_runs
from mmengine.registry import init_default_scope
from mmpose.datasets.transforms import (
    BottomupResize,
    LoadImage,
    PackPoseInputs,
    TopdownAffine,
)
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


def test_frost_is_of_the_photographs_that_are_given(tiny_data, tmp_path):
    cv2.imwrite(str(tmp_path / 'ice.png'), np.full((200, 300, 3), 180, np.uint8))
    init_default_scope('mmpose')
    dataset = DATASETS.build(tiny_runs.tiny_config(tiny_data, tiny_data).test_dataloader.dataset)
    cell = select_cells('frost', '3')[0]
    steps = dataset.pipeline.transforms
    dataset.pipeline = CopiesPipeline(steps, [cell], 'crop', 0, frost_folder=str(tmp_path))
    sample = dataset[0]
    crop = sample['inputs'][0].transpose(1, 2, 0)
    options = {'key': (0, sample['sample_id']), 'channel_order': 'bgr'}
    iced = perturb(crop, *cell, frost_folder=str(tmp_path), **options)
    np.testing.assert_array_equal(sample['inputs'][1].transpose(1, 2, 0), iced)
    assert not np.array_equal(iced, perturb(crop, *cell, **options))


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


def test_a_transform_that_changes_arrays_in_place_does_not_change_the_next_copy():
    class Grow:
        def __call__(self, results):
            results['bbox_scale'] *= 2
            results['inputs'] = results['img'][:1, :1, :1] * 0 + int(results['bbox_scale'][0])
            frame = {'input_center': np.zeros(2), 'input_scale': np.ones(2)}
            results['data_samples'] = PoseDataSample(metainfo=frame)
            return results

    class Load(LoadImage):
        def transform(self, results):
            results['img'] = np.zeros((8, 8, 3), np.uint8)
            return results

    class Crop(TopdownAffine):
        def transform(self, results):
            return results

    pipeline = CopiesPipeline([Load(), Crop((8, 8)), Grow()], CELLS, 'image', seed=0)
    sample = pipeline({'id': 1, 'img_id': 2, 'bbox_scale': np.array([3.0])})
    assert sample['inputs'].ravel().tolist() == [6] * (1 + len(CELLS))


def test_a_pipeline_without_the_step_is_refused_and_shown():
    with pytest.raises(ValueError, match=r"TopdownAffine .*got \['LoadImage', 'PackPoseInputs'\]"):
        step_behind([LoadImage(), PackPoseInputs()], 'crop')
    with pytest.raises(ValueError, match='--perturb-at'):
        step_behind([LoadImage()], 'box')


def test_a_pipeline_that_perturbs_already_is_refused():
    steps = [LoadImage(), TopdownAffine((64, 64)), PerturbImage('snow', 1), PackPoseInputs()]
    with pytest.raises(ValueError, match='PerturbImage: take it out'):
        step_behind(steps, 'crop')


def test_several_scales_are_refused():
    steps = [LoadImage(), BottomupResize((64, 64), aug_scales=[0.5]), PackPoseInputs()]
    with pytest.raises(ValueError, match=r'got `aug_scales`; .*multiscale_test'):
        step_behind(steps, 'image')


def test_a_picture_that_is_not_uint8_is_refused():
    class Load(LoadImage):
        def transform(self, results):
            return {**results, 'img': np.zeros((8, 8, 3), np.float32)}

    with pytest.raises(ValueError, match=r'uint8 picture.*float32.*to_float32'):
        CopiesPipeline([Load(), TopdownAffine((8, 8))], CELLS, 'image', 0)({'id': 1, 'img_id': 2})


@pytest.mark.parametrize(('at', 'named'), [('image', '--perturb-at crop'), ('crop', 'input_size')])
def test_a_picture_that_is_too_small_to_perturb_is_named(at, named):
    class Load(LoadImage):
        def transform(self, results):
            return {**results, 'img': np.zeros((6, 7, 3), np.uint8)}

    class Crop(TopdownAffine):
        def transform(self, results):
            return results

    info = {'id': 1, 'img_id': 2, 'img_path': 'small.png'}
    with pytest.raises(ValueError, match=rf'small\.png \({at}\) has 7×6 pixels.*{named}'):
        CopiesPipeline([Load(), Crop((8, 8)), lambda r: {}], CELLS, at, 0)(info)
