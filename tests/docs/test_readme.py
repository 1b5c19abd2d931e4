"""Every snippet of the README runs."""

import re
import shlex
import subprocess

import pytest
import torch
from mmengine.config import Config
from mmpose.registry import MODELS, TRANSFORMS

from mmpose_stable.cli.stabilize import build_parser as stabilize_parser
from mmpose_stable.cli.test import parse_args as parse_test_args
from mmpose_stable.cli.train import parse_args as parse_train_args


@pytest.fixture(scope='module')
def readme(repo):
    return (repo / 'README.md').read_text(encoding='utf-8')


def snippets(text, language):
    return re.findall(rf'```{language}\n(.*?)```', text, flags=re.DOTALL)


def commands(text):
    for block in snippets(text, 'bash'):
        for line in block.splitlines():
            words = shlex.split(line, comments=True)
            if words:
                yield words


def test_every_make_target_exists(readme, repo):
    targets = [words[1] for words in commands(readme) if words[0] == 'make']
    assert {'demo', 'test', 'lint', 'bench'} <= set(targets)
    for target in targets:
        subprocess.run(
            ['make', '--dry-run', target], cwd=repo, check=True, capture_output=True, timeout=60
        )


def test_every_tool_is_called_with_options_that_it_has_and_configs_that_exist(readme, repo):
    seen = set()
    for words in commands(readme):
        tool = next((word for word in words[:2] if word.startswith('tools/')), None)
        if tool is None:
            continue
        seen.add(tool)
        assert (repo / tool).is_file()
        arguments = words[words.index(tool) + 1 :]
        if tool != 'tools/compare.py' and not arguments[0].startswith('YOUR_'):
            assert (repo / arguments[0]).is_file()
        if tool == 'tools/train.py':
            parse_train_args(arguments)
        elif tool == 'tools/test.py':
            parse_test_args(arguments)
        elif tool == 'tools/stabilize.py':
            stabilize_parser().parse_args(arguments)
    assert {'tools/train.py', 'tools/test.py'} <= seen


def test_the_config_snippet_builds_and_trains(readme, tmp_path):
    (code,) = (block for block in snippets(readme, 'python') if '_base_' in block)
    (tmp_path / 'mine.py').write_text(code)
    cfg = Config.fromfile(tmp_path / 'mine.py')
    assert len(code.strip().splitlines()) <= 13
    assert cfg.train_dataloader.dataset.pipeline[-2].encoder == cfg.model.head.decoder
    assert [TRANSFORMS.build(step) for step in cfg.train_pipeline]
    cfg.model.backbone.init_cfg = None
    cfg.model.data_preprocessor = None
    model = MODELS.build(cfg.model)
    maps = model.eval()(torch.zeros(1, 3, 256, 192), None, mode='tensor')
    assert maps.shape == (1, 51, 16, 12)


def test_the_perturbation_snippet_runs(readme):
    (code,) = (block for block in snippets(readme, 'python') if 'perturb(' in block)
    names = {}
    exec(code, names)
    assert len(names['noisy']) == 5
    assert all(picture.shape == (64, 64, 3) for picture in names['noisy'].values())


def test_every_link_within_the_project_leads_somewhere(readme, repo):
    targets = re.findall(r'\]\((?!http)([^)#]+)\)', readme)
    assert targets
    missing = [target for target in targets if not (repo / target).exists()]
    assert missing == []
