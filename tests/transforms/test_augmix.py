import numpy as np
import pytest
from mmpose.registry import TRANSFORMS
from PIL import Image

from mmpose_stable.transforms import augmix as module
from mmpose_stable.transforms.augmix import PHOTOMETRIC, augmix


def photo(size=(40, 50)):
    rng = np.random.default_rng(3)
    ramp = np.linspace(30, 200, size[1])[None, :, None] * np.array([1.0, 0.8, 0.5])
    return np.clip(ramp + rng.normal(0, 10, (*size, 3)), 0, 255).astype(np.uint8)


@pytest.mark.parametrize(('level', 'kept', 'inverted_from'), [(0, 0xF0, 256), (10, 0x80, 0)])
def test_levels_are_those_of_the_paper(level, kept, inverted_from):
    picture = Image.fromarray(photo())
    *_, posterised, solarised = (np.asarray(change(picture, level)) for change in PHOTOMETRIC)
    assert np.array_equal(posterised, photo() & kept)
    assert np.array_equal(solarised, photo() if inverted_from else 255 - photo())


def test_chains_are_made_and_weighted_as_in_the_paper(monkeypatch):
    def darker(image, level):
        return (np.asarray(image) * (1 - level / 10)).astype(np.uint8)

    def striped(image, level):
        return np.where(np.arange(50)[:, None] % 3, image, 255 - np.asarray(image))

    operations = (darker, striped)
    monkeypatch.setattr(module, 'PHOTOMETRIC', operations)
    image = photo()
    for seed in range(60):
        result = augmix(image, np.random.default_rng(seed))
        # Algorithm 1 of the paper, with the same draws.
        rng = np.random.default_rng(seed)
        weights, share = rng.dirichlet([1] * 3), rng.beta(1, 1)
        mixed = np.zeros(image.shape)
        for weight in weights:
            chain = image
            for _ in range(rng.integers(1, 3 + 1)):
                operation = operations[rng.integers(2)]
                chain = operation(chain, rng.uniform(0.1, 3))
            mixed += weight * chain
        assert np.abs(result - (1 - share) * image - share * mixed).max() <= 0.51
    assert np.array_equal(image, photo())


def sample(seed):
    np.random.seed(seed)  # noqa: NPY002 - the state that MMEngine seeds in its workers
    return {'img': photo(), 'id': 7}


def test_views_pack_beside_the_picture_and_repeat_with_the_seed():
    transform = TRANSFORMS.build({'type': 'AugMixViews', 'num_views': 2})
    pack = TRANSFORMS.build({'type': 'PackPoseViews', 'meta_keys': ('id',)})
    first, again, other = (pack(transform(sample(seed))) for seed in (1, 1, 2))
    assert first['inputs'].shape == (3, 3, 40, 50)
    assert np.array_equal(first['inputs'][0].permute(1, 2, 0), photo())
    assert not first['inputs'][0].equal(first['inputs'][1])
    assert first['data_samples'].metainfo['view_kinds'] == ('augmix', 'augmix')
    assert first['data_samples'].metainfo['view_severities'] == (3.0, 3.0)
    assert first['inputs'].equal(again['inputs'])
    assert not first['inputs'].equal(other['inputs'])


def test_a_number_of_views_below_one_is_refused():
    with pytest.raises(ValueError, match='AugMixViews expects'):
        TRANSFORMS.build({'type': 'AugMixViews', 'num_views': 0})
