"""The plan, the result files and the page rendered from them."""

import json

import pytest

from mmpose_stable.experiments.execute import validation_curve
from mmpose_stable.experiments.plan import Run, read_plan, read_result, write_result
from mmpose_stable.experiments.render import GROUPS, render, table

RUN = Run(name='a', groups=['lsp'], model='CLNet', config='c.py', data='')


def make_result(name='a', score=0.625):
    return {
        'schema': 1,
        'name': name,
        'model': 'CLNet',
        'metrics': {'torso/PCK': score},
        'curve': [{'step': 10, 'torso/PCK': 0.5}, {'step': 20, 'torso/PCK': score}],
        'updates': 20,
        'batch_size': 4,
        'cost': {'parameters': 9.6e6, 'macs': 5e8, 'images_per_second': {'1': 30.4, '8': 61.0}},
    }


def test_the_plan_names_configs_that_exist_and_groups_that_are_rendered(repo):
    plan = read_plan(repo / 'configs' / 'experiments' / 'plan.yml')
    assert plan
    assert all((repo / run.config).is_file() for run in plan)
    assert {group for run in plan for group in run.groups} == set(GROUPS)


def test_a_misspelt_key_names_the_row(tmp_path):
    (tmp_path / 'plan.yml').write_text('- {name: a, groups: [g], model: m, config: c, date: d}')
    with pytest.raises(ValueError, match=r"row 1 of plan\.yml.*'date'"):
        read_plan(tmp_path / 'plan.yml')


def test_two_rows_of_one_name_are_refused(tmp_path):
    row = '- {name: a, groups: [g], model: m, config: c, data: d}\n'
    (tmp_path / 'plan.yml').write_text(row * 2)
    with pytest.raises(ValueError, match=r"repeated: \['a'\]"):
        read_plan(tmp_path / 'plan.yml')


def test_a_result_comes_back_as_written_and_leaves_no_temporary_file(tmp_path):
    assert read_result(tmp_path, RUN) is None
    write_result(tmp_path, make_result())
    assert read_result(tmp_path, RUN) == make_result()
    assert [path.name for path in tmp_path.iterdir()] == ['a.json']


def test_the_result_of_another_run_is_refused(tmp_path):
    (tmp_path / 'a.json').write_text(json.dumps(make_result(name='b')))
    with pytest.raises(ValueError, match="no result of 'a'"):
        read_result(tmp_path, RUN)


def test_the_page_shows_results_and_says_what_is_planned(tmp_path):
    write_result(tmp_path / 'results', make_result())
    planned = Run(name='z', groups=['lsp'], model='SimpleBaseline', config='c.py', data='')
    render([RUN, planned], tmp_path / 'results', tmp_path / 'results.md')
    page = (tmp_path / 'results.md').read_text()
    assert '| CLNet | 0 | 0.625 | 20 × 4 | 9.60 | 0.50 | 30 | 61 |' in page
    assert '| SimpleBaseline | 0 | planned |' in page
    assert '(results/lsp.png)' in page
    assert (tmp_path / 'results' / 'lsp.png').stat().st_size > 1000


def test_a_table_reads_nested_metrics_and_marks_what_a_result_does_not_have():
    result = make_result() | {'robustness': {'overall': {'r': 12.4}}}
    columns = [
        (('robustness', 'overall', 'r'), 'R', 0),
        (('robustness', 'clean', 'spread'), 'D', 1),
    ]
    assert '| CLNet | 0 | 12 | – | 20 × 4 |' in table([(RUN, result)], columns)


def test_the_curve_joins_the_logs_of_an_interrupted_training(tmp_path):
    def write_log(name, entries):
        folder = tmp_path / name / 'vis_data'
        folder.mkdir(parents=True)
        text = '\n'.join(json.dumps(entry) for entry in entries)
        (folder / 'scalars.json').write_text(text)

    train = {'lr': 0.1, 'loss': 1.0}
    write_log('1', [train | {'step': 50}, {'AUC': 0.5, 'time': 1.0, 'step': 50}])
    write_log('2', [train | {'step': 100}, {'AUC': 0.7, 'data_time': 0.1, 'step': 0}])
    curve = validation_curve(tmp_path)
    assert curve == [{'AUC': 0.5, 'step': 50}, {'AUC': 0.7, 'step': 100}]
