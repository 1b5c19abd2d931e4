"""A variant differs from its folder's base config only in what its letters stand for."""

import re
from pathlib import Path

import pytest
from mmengine.config import Config

import mmpose_stable  # noqa: F401

STABLE = Path(__file__).resolve().parents[2] / 'configs' / 'stable'
FULL = ('sign_hands', 'sign_hands_64px', 'synth_hand', 'rhd_mobilenetv2')
FOLDERS = sorted(path.name for path in STABLE.iterdir() if path.is_dir())
ESTIMATOR = {'model.type'}
VIEWS = {'train.PerturbedViews', 'train.PackPoseViews', 'train.PackPoseInputs'}
# The keys that each method may change, with all below them. Transforms go by their type.
R = {'model.head.type', 'model.head.rcc', 'model.head.rcc_order'}
H = {
    'codec',
    'model.head.type',
    'model.head.rcc',
    'model.head.loss',
    'model.head.decoder',
    'model.test_cfg.shift_heatmap',
    'train.GenerateTarget.encoder',
}
M = ESTIMATOR | VIEWS | {'model.consistency'}
METHODS = {
    'at': ESTIMATOR | {'model.adversary', 'model.supervised'},
    'augmix': M - {'train.PerturbedViews'} | {'train.AugMixViews'},
    'lip': ESTIMATOR | {'model.weight_penalty'},
    'pg': {'train.PatchGaussian'},
    'st_g': M,
    'st_a': M,
    'r': R,
    'h': H,
    'm': M,
    'rh': R | H,
    'rm': R | M,
    'hm': H | M,
    'rhm': R | H | M,
}
# Names of parts of a config that are only read while it is built.
PARTS = {
    'views', 'patch', 'affine', 'target', 'hd_heatmap', 'argmax', 'pack', 'train_pipeline',
    'train_sets',
}  # fmt: skip
SWITCHES = {
    'r': ('model.head.rcc', True),
    'h': ('model.head.decoder.type', 'HDHeatmap'),
    'm': ('model.consistency.0.type', 'MSTLoss'),
}


def variants():
    """Return (folder, file's stem, stem of its base, the method's name)."""
    for folder in FOLDERS:
        for path in sorted((STABLE / folder).glob('*.py')):
            method, _, rest = path.stem.partition('_')
            if path.stem in METHODS:
                method, rest = path.stem, ''
            if method == 'base':
                continue
            of_backbone = f'base_{rest}' if (STABLE / folder / f'base_{rest}.py').exists() else ''
            yield folder, path.stem, of_backbone or 'base', method


VARIANTS = list(variants())


def flat(value, path=''):
    """Return the leaves of nested dicts and lists by their dotted paths."""
    if isinstance(value, dict) and value:
        items = value.items()
    elif isinstance(value, (list, tuple)) and value:
        items = enumerate(value)
    else:
        return {path: value}
    leaves = {}
    for key, part in items:
        leaves |= flat(part, f'{path}.{key}' if path else str(key))
    return leaves


def flattened(path):
    """Return a config's leaves; transforms of the training pipeline by type, not by place."""
    cfg = Config.fromfile(path).to_dict()
    dataset = cfg['train_dataloader']['dataset']
    pipeline, *others = [part.pop('pipeline') for part in dataset.get('datasets', [dataset])]
    assert all(other == pipeline for other in others)
    kinds = [transform['type'] for transform in pipeline]
    assert len(set(kinds)) == len(kinds)
    kept = {key: value for key, value in cfg.items() if key not in PARTS}
    return flat({**kept, 'train': {t['type']: t for t in pipeline}}), kinds


def within(key, prefixes):
    return any(key == prefix or key.startswith(f'{prefix}.') for prefix in prefixes)


@pytest.mark.parametrize(
    ('folder', 'stem', 'base', 'method'), VARIANTS, ids=[f'{v[0]}/{v[1]}' for v in VARIANTS]
)
def test_variant_changes_only_what_its_letters_name(folder, stem, base, method):
    theirs, base_order = flattened(STABLE / folder / f'{base}.py')
    ours, order = flattened(STABLE / folder / f'{stem}.py')
    changed = {
        key
        for key in theirs.keys() | ours.keys()
        if key not in theirs or key not in ours or theirs[key] != ours[key]
    }
    assert changed
    assert {key for key in changed if not within(key, METHODS[method])} == set()
    common = [kind for kind in order if kind in base_order]
    assert common == [kind for kind in base_order if kind in order]


@pytest.mark.parametrize(
    ('folder', 'stem', 'base', 'method'), VARIANTS, ids=[f'{v[0]}/{v[1]}' for v in VARIANTS]
)
def test_variant_has_each_part_that_its_letters_name_and_no_other(folder, stem, base, method):
    leaves, order = flattened(STABLE / folder / f'{stem}.py')
    letters = set(method) if set(method) <= set('rhm') else set()
    for letter, (key, value) in SWITCHES.items():
        assert (leaves.get(key) == value) is (letter in letters), letter
    assert ('PerturbedViews' in order) is ('m' in letters or method in ('st_g', 'st_a'))


def test_every_full_folder_has_every_variant():
    for folder in FULL:
        assert {stem for f, stem, *_ in VARIANTS if f == folder} >= set(METHODS)


def test_the_readmes_table_has_each_folder_and_what_is_in_it(repo):
    table = (repo / 'README.md').read_text().split('| folder | files |')[1].split('\n\n')[0]
    rows = [row.split('|')[1:3] for row in table.splitlines() if row.startswith('| `')]
    described = {
        folder: files.strip()
        for folders, files in rows
        for folder in re.findall('`(.+?)`', folders)
    }
    assert sorted(described) == FOLDERS
    for folder, files in described.items():
        found = {path.stem for path in (STABLE / folder).glob('*.py')}
        named = set(re.findall('`(.+?)`', files))
        if files.startswith('all'):
            assert found & set(METHODS) == set(METHODS) - named, folder
        else:
            assert found == named, folder
