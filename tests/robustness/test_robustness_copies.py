"""Perturbed copies: the right picture, at the right step, from one read."""

import cv2
import numpy as np
import pytest
import tiny_runs
from mmpose.datasets.transforms import BottomupResize, LoadImage, TopdownAffine
from mmpose.registry import DATASETS
from mmpose.structures import PoseDataSample

from mmpose_stable.perturbations import perturb
from mmpose_stable.robustness.copies import CopiesPipeline, step_behind
from mmpose_stable.robustness.selection import select_cells

CELLS = select_cells('spatter,jpeg_compression', '2,4')


@pytest.mark.parametrize('perturb_at', ['crop', 'image'])
def test_crops_are_perturbed_by_person_and_images_for_all_persons(cfg, monkeypatch, perturb_at):
    dataset = DATASETS.build(cfg.test_dataloader.dataset)
    clean = [dataset[at] for at in range(len(dataset))]
    dataset.pipeline = CopiesPipeline(dataset.pipeline.transforms, CELLS, perturb_at, seed=3)
    affine, reads, load = TopdownAffine(tiny_runs.INPUT), [], LoadImage.transform
    monkeypatch.setattr(LoadImage, 'transform', lambda *args: reads.append(1) or load(*args))
    for at, packed in enumerate(clean):
        reads.clear()
        sample, meta = dataset[at], packed['data_samples'].metainfo
        assert len(reads) == 1
        assert sample['sample_id'] == meta['id']
        crop = packed['inputs'].numpy()
        np.testing.assert_array_equal(sample['inputs'][0], crop)
        frame = {'bbox_center': meta['input_center'][None], 'bbox_scale': meta['input_scale'][None]}
        for cell, inputs in zip(CELLS, sample['inputs'][1:], strict=True):
            if perturb_at == 'crop':
                key = (3, meta['id'])
                expected = perturb(crop.transpose(1, 2, 0), *cell, key=key, channel_order='bgr')
            else:
                image, key = cv2.imread(meta['img_path']), (3, int(meta['img_id']))
                weather = perturb(image, *cell, key=key, channel_order='bgr')
                expected = affine.transform({'img': weather, **frame})['img']
            np.testing.assert_array_equal(inputs.transpose(1, 2, 0), expected)


class Load(LoadImage):
    """A picture of zeros in place of a file."""

    picture = np.zeros((8, 8, 3), np.uint8)

    def transform(self, results):
        return {**results, 'img': self.picture}


def test_a_transform_that_changes_arrays_in_place_does_not_change_the_next_copy():
    def grow(results):
        results['bbox_scale'] *= 2
        results['inputs'] = results['img'][:1, :1, :1] * 0 + int(results['bbox_scale'][0])
        frame = {'input_center': np.zeros(2), 'input_scale': np.ones(2)}
        results['data_samples'] = PoseDataSample(metainfo=frame)
        return results

    pipeline = CopiesPipeline([Load(), grow], CELLS, 'image', seed=0)
    sample = pipeline({'id': 1, 'img_id': 2, 'bbox_scale': np.array([3.0])})
    assert sample['inputs'].ravel().tolist() == [6] * (1 + len(CELLS))


@pytest.mark.parametrize(
    ('steps', 'at', 'message'),
    [
        ([LoadImage()], 'crop', r"needs a TopdownAffine, got \['LoadImage'\]"),
        ([LoadImage()], 'box', '--perturb-at'),
        ([LoadImage(), BottomupResize((64, 64), aug_scales=[0.5])], 'image', 'got `aug_scales`'),
    ],
)
def test_a_pipeline_that_cannot_be_perturbed_is_refused(steps, at, message):
    with pytest.raises(ValueError, match=message):
        step_behind(steps, at)


@pytest.mark.parametrize(
    ('shape', 'dtype', 'message'),
    [
        ((8, 8, 3), np.float32, 'uint8.*float32'),
        ((6, 7, 3), np.uint8, r'at least 8×8.*\(6, 7, 3\)'),
    ],
)
def test_a_picture_that_cannot_be_perturbed_is_refused_by_name(monkeypatch, shape, dtype, message):
    monkeypatch.setattr(Load, 'picture', np.zeros(shape, dtype))
    info = {'id': 1, 'img_id': 2, 'img_path': 'small.png'}
    with pytest.raises(ValueError, match=rf'small\.png .*--perturb-at image.*{message}'):
        CopiesPipeline([Load()], CELLS, 'image', seed=0)(info)
