"""The page on stability training says what the configs do."""

import re
from types import SimpleNamespace

import pytest
from mmengine.config import Config
from mmengine.runner import IterBasedTrainLoop

from mmpose_stable.engine.keyed_randomness import KeyedRandomness

CONFIGS = {
    'AT': 'at',
    'AugMix': 'augmix',
    'Lip': 'lip',
    'PG': 'pg',
    'ST_g': 'st_g',
    'ST_a': 'st_a',
    'M (MST)': 'm',
}


@pytest.fixture(scope='module')
def rows(repo):
    """Return the table's second column by its first."""
    page = (repo / 'docs' / 'stability_training.md').read_text(encoding='utf-8')
    table = page.split('| name | change to a base config |\n', 1)[1].split('\n\n', 1)[0]
    return dict(re.findall(r'^\| (.+?) \| (.+) \|$', table, flags=re.MULTILINE))


def evaluated(snippet):
    """Return what a row's snippet of a config holds."""
    return eval(snippet, {'__builtins__': {}, 'dict': dict})


def test_every_comparison_method_has_a_row(rows):
    assert set(rows) == set(CONFIGS)


@pytest.mark.parametrize('name', CONFIGS)
def test_row_holds_the_values_of_the_config(name, rows, repo):
    folder = repo / 'configs' / 'stable' / 'hands'
    cfg = Config.fromfile(folder / f'{CONFIGS[name]}.py').to_dict()
    base = Config.fromfile(folder / 'base.py').to_dict()
    pipeline = cfg['train_dataloader']['dataset']['pipeline']
    snippets = re.findall(r'`([^`]+)`', rows[name])
    settings = [s for s in snippets if re.match(r'\w+=(dict|\[|\')', s)]
    transforms = [evaluated(s) for s in snippets if s.startswith('dict(')]
    named = {}
    for setting in settings:
        named |= evaluated(f'dict({setting})')
    # Everything the config adds is in the row, and nothing else.
    changed = {k: v for k, v in cfg['model'].items() if base['model'].get(k) != v and k != 'type'}
    assert named == changed
    common = base['train_dataloader']['dataset']['pipeline']
    packed = {'PackPoseInputs', 'PackPoseViews'}
    assert transforms == [t for t in pipeline if t not in common and t['type'] not in packed]


def test_the_snippet_on_resuming_gives_a_small_experiment_what_the_hook_asks_for(repo, tmp_path):
    page = (repo / 'docs' / 'stability_training.md').read_text(encoding='utf-8')
    section = page.split('## Resuming with the same loss curve\n', 1)[1]
    snippet = re.findall(r'```python\n(.*?)```', section, flags=re.DOTALL)[1]
    base = repo / 'configs' / 'stable' / 'hands' / 'rhm.py'
    path = tmp_path / 'resumable.py'
    path.write_text(f'_base_ = [{str(base)!r}]\n{snippet}', encoding='utf-8')
    cfg = Config.fromfile(path)
    hooks = [hook['type'] for hook in Config.fromfile(base).custom_hooks]
    assert [hook['type'] for hook in cfg.custom_hooks] == [*hooks, 'KeyedRandomness']
    assert cfg.train_cfg.type == 'IterBasedTrainLoop'
    loader = SimpleNamespace(**cfg.train_dataloader)
    loop = object.__new__(IterBasedTrainLoop)
    loop.dataloader = loader
    KeyedRandomness().before_train(SimpleNamespace(train_loop=loop, cfg=cfg))
