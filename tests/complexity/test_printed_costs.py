"""The networks of the configs against the costs printed in the composite localization paper.

CLNet-Hourglass is not among them: the paper prints 26.5 GMACs at 256×192, and the plainest of the
layouts that fit its text has 19.6.
"""

import pytest
import yaml

from mmpose_stable.complexity.measure import count_macs, count_parameters
from mmpose_stable.complexity.models import build_from_config
from mmpose_stable.complexity.printed import PRINTED

# Parameters in millions (Tables 3 and 5) and GMACs (Tables 1 and 3), None where not printed.
COSTS = {
    'cl_resnet50_mpii': (13.5, 5.6),
    'cl_resnet50_lsp': (13.4, None),
    'cl_resnet50_lsp_stride32': (28.9, None),
    'cl_resnet50_lsp_stride8': (15.7, None),
    'cl_resnet50_lsp_stride4': (16.8, None),
    'cl_resnet50_coco': (None, 4.2),
    'cl_resnet50_coco_384x288': (None, 9.5),
    'cl_resnet101_coco_384x288': (None, 17.7),
    'cl_resnet152_coco_384x288': (None, 25.9),
}


@pytest.mark.parametrize('name', COSTS)
def test_clnet_costs_what_its_paper_prints(name, repo):
    built = build_from_config(repo / 'configs' / f'{name}.py')
    megaparams, gmacs = COSTS[name]
    if megaparams is not None:
        assert count_parameters(built.model) / 1e6 == pytest.approx(megaparams, rel=0.02)
    if gmacs is not None:
        assert count_macs(built.model, built.input_size) / 1e9 == pytest.approx(gmacs, rel=0.02)


def test_every_printed_accuracy_belongs_to_a_config_that_exists(repo):
    ours = {name for name in PRINTED if name.startswith('cl_')}
    assert ours
    assert all((repo / 'configs' / f'{name}.py').is_file() for name in ours)
    for printed in PRINTED.values():
        assert 0 < printed.ap < 100
        assert printed.source


def test_the_table_of_configs_has_the_same_printed_accuracies(repo):
    in_table = yaml.safe_load((repo / 'docs' / 'printed.yml').read_text(encoding='utf-8'))
    ours = {name: printed.ap for name, printed in PRINTED.items() if name.startswith('cl_')}
    assert {name: in_table.get(name) for name in ours} == {
        name: f'AP {ap}' for name, ap in ours.items()
    }
