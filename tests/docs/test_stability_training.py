"""The pages on training methods say what the configs do."""

import re
from types import SimpleNamespace

import pytest
from mmengine.config import Config
from mmengine.runner import IterBasedTrainLoop

from mmpose_stable.engine.keyed_randomness import KeyedRandomness

METHODS = ['at', 'augmix', 'lip', 'pg', 'st_g', 'st_a']


class Typed(dict):
    """Names that a page calls: ``Name(a=1)`` is the config ``dict(type='Name', a=1)``."""

    def __missing__(self, name):
        return lambda **settings: {'type': name, **settings}


def evaluated(snippet):
    return eval(snippet, {'__builtins__': {}}, Typed(dict=dict))


@pytest.fixture(scope='module')
def rows(repo):
    """Return the table's second column by its first."""
    page = (repo / 'docs' / 'stable_regression.md').read_text(encoding='utf-8')
    table = page.split('| name | change to a base config |\n', 1)[1].split('\n\n', 1)[0]
    return dict(re.findall(r'^\| `(\w+)` \| (.+) \|$', table, flags=re.MULTILINE))


@pytest.mark.parametrize('name', METHODS)
def test_row_holds_the_values_of_the_config(name, rows, repo):
    assert set(rows) == set(METHODS)
    folder = repo / 'configs' / 'stable' / 'hands'
    cfg = Config.fromfile(folder / f'{name}.py').to_dict()
    base = Config.fromfile(folder / 'base.py').to_dict()
    snippets = re.findall(r'`([^`]+)`', rows[name])
    settings = [snippet for snippet in snippets if re.match(r'\w+=', snippet)]
    parts = [evaluated(snippet) for snippet in snippets if re.match(r'\w+\(', snippet)]
    named = evaluated(f'dict({", ".join(settings)})')
    # Everything the config adds is in the row, and nothing else.
    changed = {k: v for k, v in cfg['model'].items() if base['model'].get(k) != v and k != 'type'}
    losses = changed.pop('consistency', [])
    assert named == changed
    common = base['train_dataloader']['dataset']['pipeline']
    packed = {'PackPoseInputs', 'PackPoseViews'}
    pipeline = cfg['train_dataloader']['dataset']['pipeline']
    added = [step for step in pipeline if step not in common and step['type'] not in packed]
    assert parts == [*added, *losses]


def test_the_snippet_on_resuming_gives_a_small_experiment_what_the_hook_asks_for(repo, tmp_path):
    page = (repo / 'docs' / 'training.md').read_text(encoding='utf-8')
    section = page.split('## Resume with the same loss curve\n', 1)[1]
    (snippet,) = re.findall(r'```python\n(.*?)```', section, flags=re.DOTALL)
    path = tmp_path / 'resumable.py'
    base = repo / 'configs' / 'stable' / 'hands' / 'rhm.py'
    path.write_text(f'_base_ = [{str(base)!r}]\n{snippet}', encoding='utf-8')
    cfg = Config.fromfile(path)
    assert cfg.custom_hooks[-1].type == 'KeyedRandomness'
    assert cfg.train_cfg.type == 'IterBasedTrainLoop'
    loop = object.__new__(IterBasedTrainLoop)
    loop.dataloader = SimpleNamespace(**cfg.train_dataloader)
    KeyedRandomness().before_train(SimpleNamespace(train_loop=loop, cfg=cfg))
