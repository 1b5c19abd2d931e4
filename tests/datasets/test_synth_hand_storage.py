"""Rendered pictures read by their paths."""

import mmcv
import mmengine.fileio as fileio
import numpy as np
import pytest

from mmpose_stable.datasets import SynthHandDataset
from mmpose_stable.datasets.synth_hand.camera import VIEWS
from mmpose_stable.datasets.synth_hand.storage import picture_path


@pytest.mark.parametrize('views', VIEWS)
def test_the_path_of_a_sample_reads_the_picture_of_the_sample(views):
    dataset = SynthHandDataset(num_samples=4, seed=3, image_size=(64, 48), views=views)
    info = dataset.get_data_info(2)
    read = mmcv.imfrombytes(fileio.get(info['img_path']))
    np.testing.assert_array_equal(read, info['img'])


def test_another_path_is_refused_with_an_example():
    assert picture_path(0, 'val', 7, (160, 160)) == 'synthhand://0/val/all/160x160/000007.png'
    with pytest.raises(ValueError, match=r"like 'synthhand://0/val/all/160x160/000007.png', got"):
        fileio.get('synthhand://somewhere.jpg')
