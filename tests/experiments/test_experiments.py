"""The plan, the result files and the page rendered from them."""

import importlib.util
import json
from dataclasses import replace

import pytest

from mmpose_stable.cli.configuration import load_config
from mmpose_stable.cli.train import parse_args
from mmpose_stable.experiments.config_table import MARKS
from mmpose_stable.experiments.execute import validation_curve, with_last
from mmpose_stable.experiments.groups import GROUPS, Column
from mmpose_stable.experiments.marked_text import replace_marked
from mmpose_stable.experiments.plan import (
    Run,
    is_finished,
    read_plan,
    read_result,
    write_result,
)
from mmpose_stable.experiments.render import (
    README_MARKS,
    at_a_glance,
    findings,
    mixed_precisions,
    render,
    table,
)
from mmpose_stable.experiments.scores import Model, models_of
from mmpose_stable.experiments.training import describe_training, hash_training
from mmpose_stable.files import write_text
from mmpose_stable.perturbations import HELD_OUT_KINDS

RUN = Run(name='a', groups=['lsp'], model='CLNet-ResNet18', config='c.py', data='')


def make_result(name='a', score=0.625, seed=0):
    return {
        'schema': 1,
        'name': name,
        'model': 'CLNet-ResNet18',
        'config': 'c.py',
        'seed': seed,
        'metrics': {'torso/PCK': score},
        'curve': [{'step': 10, 'torso/PCK': 0.5}, {'step': 20, 'torso/PCK': score}],
        'updates': 20,
        'batch_size': 4,
        'cost': {
            'input_size': [64, 48],
            'parameters': 9.6e6,
            'macs': 5e8,
            'images_per_second': {'1': 30.4, '8': 61.0},
        },
    }


def test_the_plan_names_configs_that_exist_and_groups_that_are_rendered(repo):
    plan = read_plan(repo / 'configs' / 'experiments' / 'plan.yml')
    assert plan
    assert all((repo / run.config).is_file() for run in plan)
    assert {group for run in plan for group in run.groups} == set(GROUPS)


def test_every_expectation_is_about_models_of_its_group(repo):
    plan = read_plan(repo / 'configs' / 'experiments' / 'plan.yml')
    for name, group in GROUPS.items():
        planned = {run.model for run in plan if name in run.groups}
        for expectation in group.expected:
            assert {model for model, _ in expectation.scores} <= planned, expectation.text


def test_what_is_evaluated_is_planned_to_be_perturbed(repo):
    plan = read_plan(repo / 'configs' / 'experiments' / 'plan.yml')
    for name, group in GROUPS.items():
        needs = any('robustness' in column.key for column in group.columns)
        assert group.evaluated or not needs
        if needs:
            assert all(run.perturbations for run in plan if name in run.groups)


def test_rows_of_one_config_stand_in_the_same_tables(repo):
    groups = {}
    for run in read_plan(repo / 'configs' / 'experiments' / 'plan.yml'):
        assert groups.setdefault(run.config, run.groups) == run.groups, run.name


def test_an_unknown_status_names_the_row(tmp_path):
    row = '- {name: a, groups: [g], model: m, config: c, data: d, status: soon}'
    (tmp_path / 'plan.yml').write_text(row)
    with pytest.raises(ValueError, match=r"row 1 of plan\.yml: status is one of .*'soon'"):
        read_plan(tmp_path / 'plan.yml')


def test_a_misspelt_key_names_the_row(tmp_path):
    (tmp_path / 'plan.yml').write_text('- {name: a, groups: [g], model: m, config: c, date: d}')
    with pytest.raises(ValueError, match=r"row 1 of plan\.yml.*'date'"):
        read_plan(tmp_path / 'plan.yml')


def test_a_row_trained_by_one_that_does_not_train_is_refused(tmp_path):
    row = '- {name: %s, groups: [g], model: m, config: c, data: d, trained_by: %s}\n'
    (tmp_path / 'plan.yml').write_text(row % ('a', "''") + row % ('b', 'a'))
    assert [run.trained_by for run in read_plan(tmp_path / 'plan.yml')] == ['', 'a']
    for chain in (row % ('a', 'b'), row % ('a', "''") + row % ('b', 'a') + row % ('c', 'b')):
        (tmp_path / 'plan.yml').write_text(chain)
        with pytest.raises(ValueError, match="is trained by 'b', which is no row that trains"):
            read_plan(tmp_path / 'plan.yml')


@pytest.mark.parametrize(('key', 'value'), [('seed', 1), ('data', 'e')])
def test_a_row_trained_on_other_data_or_with_another_seed_is_refused(tmp_path, key, value):
    row = {'name': 'a', 'groups': ['g'], 'model': 'm', 'config': 'c', 'data': 'd'}
    other = row | {'name': 'b', 'trained_by': 'a', key: value}
    (tmp_path / 'plan.yml').write_text(json.dumps([row, other]))
    with pytest.raises(ValueError, match=r'`data` and `seed` of b are .* those of a'):
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


@pytest.mark.parametrize('other', [{'name': 'b'}, {'seed': 1}, {'config': 'd.py'}, {'schema': 0}])
def test_the_result_of_another_run_is_refused(tmp_path, other):
    (tmp_path / 'a.json').write_text(json.dumps(make_result() | other))
    with pytest.raises(ValueError, match=r'a\.json is of .* the plan has .* move it away'):
        read_result(tmp_path, RUN)


def test_a_result_without_the_perturbations_of_the_plan_is_not_finished(tmp_path):
    asked = replace(RUN, perturbations='held-out')
    assert not is_finished(tmp_path, RUN)
    write_result(tmp_path, make_result())
    assert is_finished(tmp_path, RUN)
    assert not is_finished(tmp_path, asked)
    write_result(tmp_path, make_result() | {'robustness': {'overall': {'r': 1.0}}})
    assert not is_finished(tmp_path, asked)
    kinds = {kind: {'r': 1.0} for kind in HELD_OUT_KINDS}
    write_result(tmp_path, make_result() | {'robustness': {'kinds': kinds}})
    write_text(tmp_path / 'robustness' / 'a.json', '{}')
    assert is_finished(tmp_path, asked)
    assert not is_finished(tmp_path, replace(RUN, perturbations='all'))


def test_a_row_whose_evaluation_is_gone_is_not_finished(tmp_path):
    asked = replace(RUN, perturbations='snow')
    write_result(tmp_path, make_result() | {'robustness': {'kinds': {'snow': {'r': 1.0}}}})
    assert not is_finished(tmp_path, asked)
    write_text(tmp_path / 'robustness' / 'a.json', '{}')
    assert is_finished(tmp_path, asked)


def test_a_row_is_tested_again_once_its_trainer_has_trained_anew(tmp_path):
    first_stack = replace(RUN, trained_by='two_stacks')
    write_result(tmp_path, make_result() | {'checkpoint_sha256': 'old'})
    assert is_finished(tmp_path, first_stack)
    write_result(tmp_path, make_result('two_stacks') | {'checkpoint_sha256': 'old'})
    assert is_finished(tmp_path, first_stack)
    write_result(tmp_path, make_result('two_stacks') | {'checkpoint_sha256': 'new'})
    assert not is_finished(tmp_path, first_stack)
    write_result(tmp_path, make_result())  # of before results knew their checkpoint
    assert not is_finished(tmp_path, first_stack)


@pytest.fixture
def command(repo, tmp_path, monkeypatch):
    """tools/experiments.py on a plan of its own, with a pretended training that fails for `a`."""
    spec = importlib.util.spec_from_file_location('experiments', repo / 'tools' / 'experiments.py')
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    rows = [
        '{name: d, trained_by: b, config: d.py, %s}',
        '{name: a, config: a.py, %s}',
        '{name: b, config: b.py, %s}',
        '{name: c, config: c.py, status: later, %s}',
    ]
    rest = "groups: [lsp], model: CLNet-ResNet18, data: ''"
    (tmp_path / 'configs' / 'experiments').mkdir(parents=True)
    plan = '\n'.join('- ' + row % rest for row in rows)
    (tmp_path / 'configs' / 'experiments' / 'plan.yml').write_text(plan)
    (tmp_path / 'README.md').write_text('\n'.join([*README_MARKS, *MARKS]))

    executed = []

    def execute(run, trained, *paths):
        executed.append((run.name, trained.name))
        if run.name == 'a':
            raise ValueError('no such luck')
        return {**make_result(run.name), 'config': run.config}

    monkeypatch.setattr(module, 'REPO', tmp_path)
    monkeypatch.setattr(module, 'execute', execute)
    monkeypatch.setattr(module, 'findings', lambda plan, results: 'findings')
    monkeypatch.setattr(module, 'config_table', lambda repo: 'configs')
    monkeypatch.setattr(module, 'build_from_config', lambda path: path.stem)
    monkeypatch.setattr(
        module,
        'measure_costs',
        lambda built: [{**make_result()['cost'], 'parameters': ord(name)} for name in built],
    )

    def run(*arguments):
        monkeypatch.setattr('sys.argv', ['experiments.py', *arguments])
        executed.clear()
        module.main()

    run.executed = executed
    return run


def test_a_row_that_fails_does_not_keep_the_others_from_running(command, tmp_path):
    with pytest.raises(SystemExit, match='failed, see above: a'):
        command()
    written = sorted(path.name for path in (tmp_path / 'docs' / 'results').glob('*.json'))
    assert written == ['b.json', 'd.json']
    assert '| CLNet-ResNet18 | 0, 0 |' in (tmp_path / 'docs' / 'results.md').read_text()


def test_a_row_runs_after_the_one_that_trains_its_model(command):
    command('--only', 'd', 'b')
    assert command.executed == [('b', 'b'), ('d', 'b')]
    command('--only', 'd', 'b')
    assert command.executed == []


def test_a_later_row_runs_when_it_is_named(command, tmp_path):
    command('--only', 'c')
    assert [path.name for path in (tmp_path / 'docs' / 'results').glob('*.json')] == ['c.json']


def test_costs_are_measured_again_for_finished_rows_and_nothing_runs(command, tmp_path):
    command('--only', 'd', 'b', 'c')
    command('--recost')
    assert command.executed == []
    results = (tmp_path / 'docs' / 'results').glob('*.json')
    costs = {path.stem: json.loads(path.read_text())['cost']['parameters'] for path in results}
    assert costs == {'b': ord('b'), 'c': ord('c'), 'd': ord('d')}


def test_rendering_runs_nothing(command, tmp_path):
    command('--render')
    assert command.executed == []
    assert 'planned' in (tmp_path / 'docs' / 'results.md').read_text()


def test_a_table_of_two_precisions_says_which_models_have_which():
    def model(name, *precisions):
        results = [{**make_result(name), 'precision': precision} for precision in precisions]
        return Model(name, [], results)

    whole, half = model('A', 'float32'), model('B', 'bfloat16')
    both = model('C', 'bfloat16', 'float32')
    assert mixed_precisions({'A': whole}) == mixed_precisions({'B': half}) == ''
    assert mixed_precisions({'A': whole, 'B': half, 'C': both}) == (
        'Trained in float32, the others in mixed precision: A, C (some seeds).'
    )


def test_the_page_shows_results_verdicts_and_what_is_planned(tmp_path):
    results = tmp_path / 'results'
    write_result(results, make_result())
    base = Run(name='z', groups=['lsp'], model='SimpleBaseline-ResNet18', config='c.py', data='')
    render([RUN, base], results, tmp_path / 'results.md')
    page = (tmp_path / 'results.md').read_text()
    assert '| CLNet-ResNet18 | 0 | 0.625 | 20 × 4 | 9.60 | 0.50 | 30 | 61 |' in page
    assert '| SimpleBaseline-ResNet18 |  | planned |' in page
    assert '*open*, without a result of SimpleBaseline-ResNet18' in page
    assert '(results/lsp.png)' in page
    assert (results / 'lsp.png').stat().st_size > 1000

    write_result(results, make_result('z', 0.75) | {'model': base.model})
    render([RUN, base], results, tmp_path / 'results.md')
    page = (tmp_path / 'results.md').read_text()
    assert '**refuted** (SimpleBaseline-ResNet18 0.750, CLNet-ResNet18 0.625; one seed)' in page


def test_what_is_expected_in_two_tables_is_one_row_with_a_link_to_each():
    group, other = (replace(GROUPS['lsp'], title=title) for title in ('In short', 'A b, c'))
    base, ours = 'SimpleBaseline-ResNet18', 'CLNet-ResNet18'
    models = {
        'first': {
            base: Model(base, [], [make_result(score=0.5)]),
            ours: Model(ours, [], [make_result(score=0.6)]),
        },
        'the_second': {},
    }
    text = group.expected[0].text
    shown = at_a_glance({'first': group, 'the_second': other}, models).splitlines()
    assert shown[0] == '| expected | confirmed | refuted | open |'
    assert shown[2:] == [f'| {text} | [first](#in-short) |  | [the second](#a-b-c) |']


def test_what_is_expected_of_our_own_choices_stands_apart():
    group = replace(GROUPS['lsp'], expected=(replace(GROUPS['lsp'].expected[0], ours=True),))
    assert len(at_a_glance({'lsp': group}, {'lsp': {}}).splitlines()) == 2
    assert group.expected[0].text in at_a_glance({'lsp': group}, {'lsp': {}}, ours=True)


def test_seeds_of_a_model_share_a_row_with_mean_and_deviation(tmp_path):
    plan = [RUN, Run(name='b', groups=['lsp'], model=RUN.model, config='c.py', data='', seed=1)]
    write_result(tmp_path, make_result(score=0.6))
    write_result(tmp_path, make_result('b', 0.7, seed=1))
    models = models_of(plan, 'lsp', tmp_path)
    assert '| CLNet-ResNet18 | 0, 1 | 0.650 ± 0.071 | 20 × 4 |' in table(
        models, (Column(('metrics', 'torso/PCK'), 'PCK', 3),)
    )


def test_a_score_that_only_some_seeds_have_says_how_many():
    results = [make_result(score=0.6), make_result('b', 0.7, seed=1)]
    results[1]['robustness'] = {'overall': {'r': 12.4}}
    shown = Model('CLNet', [], results).show(('robustness', 'overall', 'r'), 0)
    assert shown == '12 (1 of 2)'


def test_a_table_reads_nested_scores_and_marks_what_a_result_does_not_have():
    result = make_result() | {'robustness': {'overall': {'r': 12.4}}}
    columns = (
        Column(('robustness', 'overall', 'r'), 'R', 0),
        Column(('robustness', 'clean', 'spread'), 'D', 1),
    )
    shown = table({'CLNet': Model('CLNet', [RUN], [result])}, columns)
    assert '| CLNet | 0 | 12 | – | 20 × 4 |' in shown


def test_the_evaluators_table_and_figures_stand_beside_an_evaluated_group(tmp_path, repo):
    saved = repo / 'docs' / 'results' / 'robustness' / 'simple_resnet18_sign_hands.json'
    results = tmp_path / 'results'
    (results / 'robustness').mkdir(parents=True)
    (results / 'robustness' / 'a.json').write_bytes(saved.read_bytes())
    render([RUN], results, tmp_path / 'results.md')
    assert '_ruc.png' not in (tmp_path / 'results.md').read_text()  # of a result that is gone
    write_result(results, make_result() | {'robustness': {'overall': {'r': 1.0}}})
    render([RUN], results, tmp_path / 'results.md')
    assert '(results/lsp_ruc.png)' in (tmp_path / 'results.md').read_text()
    assert 'R (px²)' in (results / 'lsp_table.txt').read_text()
    assert (results / 'lsp_r_by_kind.png').stat().st_size > 1000


def test_the_committed_page_is_in_step_with_the_results(repo, tmp_path):
    folder = tmp_path / 'results'
    folder.mkdir()
    for path in (repo / 'docs' / 'results').glob('*.json'):
        (folder / path.name).write_bytes(path.read_bytes())
    (folder / 'robustness').symlink_to(repo / 'docs' / 'results' / 'robustness')
    render(read_plan(repo / 'configs' / 'experiments' / 'plan.yml'), folder, tmp_path / 'page.md')
    assert (tmp_path / 'page.md').read_text() == (repo / 'docs' / 'results.md').read_text()
    tables = {path.name: path.read_text() for path in folder.glob('*_table.txt')}
    committed = (repo / 'docs' / 'results').glob('*_table.txt')
    assert {path.name: path.read_text() for path in committed} == tables


def test_evaluations_that_do_not_compare_are_said_and_the_other_tables_stay(tmp_path, repo):
    saved = repo / 'docs' / 'results' / 'robustness' / 'simple_resnet18_sign_hands.json'
    content = json.loads(saved.read_text())
    results = tmp_path / 'results'
    (results / 'robustness').mkdir(parents=True)
    rows = [RUN, replace(RUN, name='b', model='other')]
    for row, samples in zip(rows, (372, 12), strict=True):
        content['dataset']['samples'] = samples
        (results / 'robustness' / f'{row.name}.json').write_text(json.dumps(content))
        write_result(
            results,
            make_result(row.name) | {'robustness': {'overall': {'r': 1.0}}, 'model': row.model},
        )
    render(rows, results, tmp_path / 'results.md')
    page = (tmp_path / 'results.md').read_text()
    assert "No figures of the evaluator's" in page
    assert 'dataset.samples is 372 and 12' in page
    assert '| other | 0 | 0.625 |' in page


def test_an_evaluation_that_cannot_be_read_is_said_and_the_other_tables_stay(tmp_path):
    results = tmp_path / 'results'
    write_result(results, make_result() | {'robustness': {'overall': {'r': 1.0}}})
    render([RUN], results, tmp_path / 'results.md')
    page = (tmp_path / 'results.md').read_text()
    assert "No figures of the evaluator's" in page
    assert '| CLNet-ResNet18 | 0 | 0.625 |' in page


def test_no_config_has_changed_since_its_result(repo):
    for run in read_plan(repo / 'configs' / 'experiments' / 'plan.yml'):
        result = read_result(repo / 'docs' / 'results', run)
        if result is None or run.trained_by or 'training_sha256' not in result:
            continue
        cfg = load_config(parse_args([str(repo / run.config)]))
        assert hash_training(describe_training(cfg, run.seed)) == result['training_sha256'], (
            f'{run.name}: another training than that of its result; remove '
            f'docs/results/{run.name}.json'
        )


def test_the_readmes_table_is_in_step_with_the_results(repo):
    plan = read_plan(repo / 'configs' / 'experiments' / 'plan.yml')
    text = (repo / 'README.md').read_text(encoding='utf-8')
    assert replace_marked(text, findings(plan, repo / 'docs' / 'results'), *README_MARKS) == text


def test_a_text_without_the_marks_is_refused():
    with pytest.raises(ValueError, match='expected the marks'):
        replace_marked('text', 'table', *README_MARKS)


def test_the_curve_joins_the_logs_of_an_interrupted_training(tmp_path):
    def write_log(name, entries):
        folder = tmp_path / name / 'vis_data'
        folder.mkdir(parents=True)
        text = '\n'.join(json.dumps(entry) for entry in entries)
        (folder / 'scalars.json').write_text(text)

    train = {'lr': 0.1, 'loss': 1.0}
    write_log('1', [train | {'step': 50}, {'AUC': 0.5, 'time': 1.0, 'step': 50}])
    write_log('2', [train | {'step': 100}, {'AUC': 0.7, 'data_time': 0.1, 'step': 0}])
    with (tmp_path / '2' / 'vis_data' / 'scalars.json').open('a') as log:
        log.write('\n{"lr": 0.1, "lo')  # killed while writing
    curve = validation_curve(tmp_path)
    assert curve == [{'AUC': 0.5, 'step': 50}, {'AUC': 0.7, 'step': 100}]


def test_a_curve_ends_with_the_last_update():
    curve = [{'AUC': 0.5, 'step': 50}]
    assert with_last(curve, {'AUC': 0.4}, 50) == curve
    assert with_last(curve, {'AUC': 0.6}, 100) == [*curve, {'AUC': 0.6, 'step': 100}]
    assert with_last([], {'AUC': 0.6}, 100) == [{'AUC': 0.6, 'step': 100}]
