"""Snippets of the pages run; every command and link of all pages exists."""

import importlib
import re
import shlex
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from mmengine.config import Config
from mmengine.runner import IterBasedTrainLoop
from mmpose.registry import MODELS, TRANSFORMS

from mmpose_stable.engine.keyed_randomness import KeyedRandomness
from mmpose_stable_command import COMMANDS

ROOT = Path(__file__).parents[2]
DOCS = sorted(path.name for path in (ROOT / 'docs').glob('*.md'))
PAGES = ['README.md', 'CONTRIBUTING.md', *(f'docs/{name}' for name in DOCS)]


def text_of(page):
    return (ROOT / page).read_text(encoding='utf-8')


def snippets(page, language, word=''):
    found = re.findall(rf'```{language}\n(.*?)```', text_of(page), flags=re.DOTALL)
    return [snippet for snippet in found if word in snippet]


def commands(page):
    for block in snippets(page, 'bash'):
        for line in block.replace('\\\n', ' ').splitlines():
            words = shlex.split(line, comments=True)
            if words:
                yield words


def test_every_make_target_exists():
    targets = [words[1] for words in commands('README.md') if words[0] == 'make']
    assert {'demo', 'test'} <= set(targets)
    for target in targets:
        subprocess.run(['make', '--dry-run', target], cwd=ROOT, check=True, capture_output=True)


@pytest.mark.parametrize('page', PAGES)
def test_every_command_has_the_options_and_files_that_a_page_names(page):
    for words in commands(page):
        if words[0] == 'mmpose-stable' and words[1:] != ['--help']:
            module = importlib.import_module(COMMANDS[words[1]][0])
            parser = module.build_parser() if hasattr(module, 'build_parser') else module
            parser.parse_args(words[2:])
        for word in words:
            if word.startswith(('tools/', 'configs/')):
                assert (ROOT / word).is_file(), word


def test_the_config_snippet_builds_and_trains(tmp_path):
    (code,) = snippets('README.md', 'python', '_base_')
    (tmp_path / 'mine.py').write_text(code)
    cfg = Config.fromfile(tmp_path / 'mine.py')
    assert cfg.train_dataloader.dataset.pipeline[-2].encoder == cfg.model.head.decoder
    assert [TRANSFORMS.build(step) for step in cfg.train_pipeline]
    cfg.model.backbone.init_cfg = None
    cfg.model.data_preprocessor = None
    model = MODELS.build(cfg.model)
    maps = model.eval()(torch.zeros(1, 3, 256, 192), None, mode='tensor')
    assert maps.shape == (1, 51, 16, 12)


def test_the_perturbation_snippet_runs():
    (code,) = snippets('docs/perturbations.md', 'python', 'perturb(')
    names = {}
    exec(code, names)
    assert len(names['noisy']) == 5
    assert all(picture.shape == (64, 64, 3) for picture in names['noisy'].values())


def test_the_snippet_on_resuming_gives_a_small_experiment_what_the_hook_asks_for(tmp_path):
    (code,) = snippets('docs/training.md', 'python', 'KeyedRandomness')
    path, base = tmp_path / 'resumable.py', str(ROOT / 'configs/stable/hands/rhm.py')
    path.write_text(f'_base_ = [{base!r}]\n{code}', encoding='utf-8')
    cfg = Config.fromfile(path)
    assert cfg.custom_hooks[-1].type == 'KeyedRandomness'
    assert cfg.train_cfg.type == 'IterBasedTrainLoop'
    loop = object.__new__(IterBasedTrainLoop)
    loop.dataloader = SimpleNamespace(**cfg.train_dataloader)
    KeyedRandomness().before_train(SimpleNamespace(train_loop=loop, cfg=cfg))


@pytest.mark.parametrize('page', PAGES)
def test_every_link_within_the_project_leads_somewhere(page):
    targets = re.findall(r'\]\((?!http)([^)#]+)\)', text_of(page))
    missing = [target for target in targets if not (ROOT / page).parent.joinpath(target).exists()]
    assert missing == []
