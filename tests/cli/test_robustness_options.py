"""Options of the test command, what they do to a config, and the perturbations that they name."""

import argparse
import copy

import pytest
import tiny_runs

from mmpose_stable.cli import robustness_options as cli
from mmpose_stable.perturbations import HELD_OUT_KINDS
from mmpose_stable.robustness import RobustnessMetric
from mmpose_stable.robustness.selection import Cell, select_cells


def test_only_the_test_loop_changes_and_the_metric_joins_the_evaluators(cfg):
    before = copy.deepcopy(cfg.to_dict())
    changed = cli.apply(cfg, tiny_runs.options('--perturbations', 'train', '--resume'))
    assert cfg.to_dict() == before
    assert changed.test_cfg == {'type': 'RobustnessTestLoop', 'kinds': 'train', 'resume': True}
    types = [evaluator.type for evaluator in changed.test_evaluator]
    assert types == ['RobustnessMetric', 'PCKAccuracy', 'CocoMetric']
    for key in ('model', 'test_dataloader', 'default_hooks'):
        assert changed[key] == cfg[key]


@pytest.mark.parametrize('kind', ['RobustnessMetric', RobustnessMetric])
def test_options_of_the_metric_go_to_the_one_of_the_config(cfg, kind):
    own = {'type': kind, 'match_oks': 0.6}
    cfg.test_evaluator = [own, *cfg.test_evaluator]
    options = tiny_runs.options('--count-unlabelled', '--person-score', '0.3')
    metric, *others = cli.apply(cfg, options).test_evaluator
    assert metric == {**own, 'count_unlabelled': True, 'person_score': 0.3}
    assert len(others) == 2


@pytest.mark.parametrize('kind', ['RobustnessTestLoop', 'TestLoop', None])
def test_settings_of_the_loop_in_the_config_are_kept_and_given_options_replace_them(cfg, kind):
    own = {'kinds': ['snow', 'frost'], 'severities': [1, 3], 'perturb_at': 'image', 'seed': 7}
    cfg.test_cfg = {**own, 'type': kind} if kind else own
    kept = cli.apply(cfg, tiny_runs.options()).test_cfg
    assert kept == {'type': 'RobustnessTestLoop', **own}
    words = ('--perturb-seed', '0', '--perturb-at', 'crop', '--severities', '5')
    replaced = cli.apply(cfg, tiny_runs.options(*words)).test_cfg
    assert replaced == {**kept, 'seed': 0, 'perturb_at': 'crop', 'severities': '5'}


def given_options(*words, show_dir=None):
    parser = argparse.ArgumentParser()
    cli.add_arguments(parser)
    return parser.parse_args(words, argparse.Namespace(show_dir=show_dir))


def test_options_of_a_robustness_run_need_one_even_with_the_value_of_the_default(cfg):
    given = given_options('--perturb-seed', '0', '--count-unlabelled')
    with pytest.raises(ValueError, match='--count-unlabelled, --perturb-seed: for a robustness'):
        cli.check(cfg, given)
    cli.check(cfg, given_options())
    cli.check(cfg, given_options('--robustness', '--resume'))
    cfg.test_cfg.type = 'RobustnessTestLoop'  # the config asks for it
    cli.check(cfg, given)
    with pytest.raises(ValueError, match='--show-dir: not in a robustness run'):
        cli.check(cfg, given_options(show_dir='x'))


def test_a_wrong_option_and_a_config_without_a_test_part_are_refused(cfg):
    with pytest.raises(ValueError, match='rain'):
        cli.apply(cfg, tiny_runs.options('--perturbations', 'rain'))
    cfg.test_evaluator = None
    with pytest.raises(ValueError, match=r'it lacks test_evaluator$'):
        cli.check(cfg, given_options())


@pytest.mark.parametrize('model', ['msra', 'vis_msra'])
def test_another_decoder_wraps_the_codec(cfg, model):
    options = tiny_runs.options('--decoder', 'dark')
    changed = cli.apply(cfg, options)
    head, before = (one.model.head.get('pose_cfg', one.model.head) for one in (changed, cfg))
    assert head.decoder == {'type': 'OtherDecoder', 'codec': before.decoder, 'method': 'dark'}
    del cfg.model.head
    with pytest.raises(ValueError, match='--decoder: expected a model of heatmaps'):
        cli.apply(cfg, options)


def test_kinds_come_in_the_order_of_the_table_with_every_severity():
    cells = select_cells('held-out', [5, 1])
    assert cells == tuple(Cell(kind, level) for kind in HELD_OUT_KINDS for level in (1, 5))
    assert select_cells('snow, contrast', 2) == select_cells(['contrast', 'snow'], (2,))
    assert select_cells('boxes', 1) == (Cell('box_shift', 1), Cell('box_scale', 1))
    assert select_cells('box_scale,fog', 2) == (Cell('fog', 2), Cell('box_scale', 2))


@pytest.mark.parametrize('severities', ['0', '1,6', [7], [2.5], '', 'high', []])
def test_a_severity_outside_of_one_to_five_is_refused(severities):
    with pytest.raises(ValueError, match='severit'):
        select_cells('snow', severities)
