"""The folder of finished chunks, and the ground truth in them. That chunks come back, runs show."""

import numpy as np
import pytest
import torch
from mmengine.structures import InstanceData
from random_tables import make_persons

from mmpose_stable.robustness.chunks import Chunk, ChunkStore, from_text, to_text
from mmpose_stable.robustness.files import ResultFileError


def test_earlier_chunks_are_neither_overwritten_nor_mixed_in(tmp_path):
    identity = {'settings.seed': 0, 'hashes.weights': 'abc'}
    store = ChunkStore(tmp_path / 'partial', identity)
    store.write(0, Chunk(make_persons(), [], {}))
    store.check(resume=True)
    with pytest.raises(ResultFileError, match=r'partial holds the finished part.*--resume'):
        store.check(resume=False)
    other = ChunkStore(store.folder, {**identity, 'settings.seed': 5})
    with pytest.raises(ResultFileError, match=r'000\.npz is of another run \(settings.seed: 0'):
        other.check(resume=True)


def test_a_packed_sample_comes_back_with_the_same_values_and_arrays_in_one_line():
    arrays = {
        'keypoints': np.random.default_rng(0).normal(size=(1, 5, 2)).astype(np.float32),
        'empty': np.zeros((0, 4)),
        'mask': np.array([[True, False]]),
        'score': np.float32(0.1),
    }
    plain = {'path': 'a/b "c"\n.png', 'nothing': None, 'raw_ann_info': {'keypoints': [1, 2.5]}}
    boxes = InstanceData(boxes=torch.ones(2, 4))
    text = to_text({**plain, 'arrays': arrays, 'gt': boxes})
    assert '\n' not in text
    back = from_text(text)
    assert {name: back[name] for name in plain} == plain
    np.testing.assert_array_equal(back['gt']['boxes'], np.ones((2, 4)))
    for key, value in arrays.items():
        np.testing.assert_array_equal(back['arrays'][key], value)
        assert (back['arrays'][key].dtype, back['arrays'][key].shape) == (value.dtype, value.shape)
    with pytest.raises(TypeError, match='meta_keys'):
        to_text({'picture': object()})
