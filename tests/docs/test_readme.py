"""Every snippet of the README runs."""

import re
import shlex
import subprocess

import pytest
import torch
import yaml
from mmengine.config import Config
from mmpose.registry import MODELS, TRANSFORMS

from mmpose_stable.cli.test import parse_args as parse_test_args
from mmpose_stable.cli.train import parse_args as parse_train_args
from mmpose_stable.complexity.measure import count_macs, count_parameters
from built_models import build_from_config
from mmpose_stable.experiments.config_table import MARKS, listed_configs, measured_scores


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
        assert (repo / arguments[0]).is_file()
        if tool == 'tools/train.py':
            parse_train_args(arguments)
        elif tool == 'tools/test.py':
            parse_test_args(arguments)
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


def test_the_table_lists_every_config_with_what_was_measured_and_what_is_printed(readme, repo):
    table = readme.split(MARKS[0])[1].split(MARKS[1])[0]
    rows = {}
    for line in table.splitlines():
        if line.startswith('| ['):
            name = re.match(r'\| \[([\w/]+)\]', line).group(1)
            rows[name] = [cell.strip() for cell in line.split('|')[1:-1]]
    configs = repo / 'configs'
    listed = [str(path.relative_to(configs).with_suffix('')) for path in listed_configs(repo)]
    assert list(rows) == listed
    printed = yaml.safe_load((repo / 'docs' / 'printed.yml').read_text(encoding='utf-8'))
    assert set(printed) <= set(rows)
    measured = measured_scores(repo)
    for name, cells in rows.items():
        assert cells[-1] == printed.get(name, '')
        assert cells[-2] == measured.get(configs / f'{name}.py', '')


def test_the_table_is_what_the_configs_cost_now(readme, repo):
    # One row stands for all: counting every model takes minutes.
    built = build_from_config(repo / 'configs' / 'cl_resnet18_synth_hand.py')
    parameters, macs = count_parameters(built.model), count_macs(built.model, built.input_size)
    (row,) = (line for line in readme.splitlines() if '[cl_resnet18_synth_hand]' in line)
    assert f'| {parameters / 1e6:.2f} | {macs / 1e9:.2f} |' in row
