"""The networks of the configs against the costs printed in the composite localization paper.

CLNet-Hourglass is not among them: the paper prints 26.5 GMACs at 256×192, and the plainest of the
layouts that fit its text has 19.6.
"""

import re

import pytest
from mmengine.config import Config

# Parameters in millions (Tables 3 and 5) and GMACs (Tables 1 and 3), None where not printed.
COSTS = {
    'cl_resnet50_mpii': (13.5, 5.6),
    'cl_resnet50_lsp': (13.4, None),
    'cl_resnet50_lsp_stride32': (28.9, None),
    'cl_resnet50_lsp_stride8': (15.7, None),
    'cl_resnet50_lsp_stride4': (16.8, None),
    'cl_resnet50_coco': (None, 4.2),
    'cl_resnet50_coco_384x288': (None, 9.5),
}


@pytest.fixture(scope='module')
def table(repo):
    """Return the cells of each config's row in docs/configs.md."""
    page = (repo / 'docs' / 'configs.md').read_text(encoding='utf-8')
    rows = re.findall(r'^\| `([\w/]+)` \| (.+) \|$', page, flags=re.MULTILINE)
    return {name: [cell.strip() for cell in cells.split('|')] for name, cells in rows}


@pytest.fixture
def cost_of(run_tool, capsys):
    """Return what tools/complexity.py prints of a config: parameters in millions, and GMACs."""

    def cost(path):
        run_tool('complexity', path)
        return [cell.strip() for cell in capsys.readouterr().out.splitlines()[-1].split('|')[3:5]]

    return cost


@pytest.mark.parametrize('name', COSTS)
def test_clnet_costs_what_its_paper_prints_and_the_table_says(name, repo, table, cost_of):
    cost = cost_of(repo / 'configs' / f'{name}.py')
    assert table[name][2:4] == cost
    for counted, printed in zip(cost, COSTS[name], strict=True):
        assert printed is None or float(counted) == pytest.approx(printed, rel=0.02)


def test_the_table_lists_every_config(repo, table):
    configs = repo / 'configs'
    paths = [*configs.glob('*.py'), *configs.glob('stable/*/base.py')]
    assert set(table) == {path.relative_to(configs).with_suffix('').as_posix() for path in paths}


def test_no_two_configs_are_equal(repo):
    seen = {}
    for path in sorted((repo / 'configs').rglob('*.py')):
        if '_base_' not in path.relative_to(repo / 'configs').parts:
            text = repr(Config.fromfile(path).to_dict())
            assert text not in seen, (path, seen[text])
            seen[text] = path
