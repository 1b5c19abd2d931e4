"""The model index: what OpenMMLab's tools read, in step with the saved results."""

import json

import pytest
import yaml

from mmpose_stable.experiments.metafile import (
    BASELINE,
    COMPARED,
    COMPOSITE,
    HOURGLASS,
    HRNET,
    STABLE,
    collection_of,
    metafile,
)
from mmpose_stable.experiments.plan import read_plan


@pytest.fixture
def index(repo):
    [imported] = yaml.safe_load((repo / 'model-index.yml').read_text())['Import']
    return yaml.safe_load((repo / imported).read_text(encoding='utf-8'))


def test_the_committed_index_is_what_the_command_writes(repo):
    plan = read_plan(repo / 'configs' / 'experiments' / 'plan.yml')
    written = metafile(plan, repo / 'docs' / 'results')
    assert (repo / 'configs' / 'metafile.yml').read_text(encoding='utf-8') == written


def test_every_finished_run_stands_in_it_with_the_score_that_was_saved(repo, index):
    saved = {path.stem: path for path in (repo / 'docs' / 'results').glob('*.json')}
    assert {model['Name'] for model in index['Models']} == set(saved)
    for model in index['Models']:
        metrics = json.loads(saved[model['Name']].read_text())['metrics']
        [result] = model['Results']
        for key, value in metrics.items():
            assert result['Metrics'][key] == pytest.approx(value, abs=5e-5)


def test_configs_collections_and_readmes_exist(repo, index):
    collections = {collection['Name'] for collection in index['Collections']}
    assert all((repo / collection['README']).is_file() for collection in index['Collections'])
    for model in index['Models']:
        assert (repo / model['Config']).is_file()
        assert model['In Collection'] in collections


@pytest.mark.parametrize(
    ('model', 'collection'),
    [
        ('CLNet-ResNet18', COMPOSITE),
        ('SimpleBaseline-ResNet18', BASELINE),
        ('R+H+M', STABLE),
        ('R, unheard of', STABLE),
        ('H+M', STABLE),
        ('AugMix', COMPARED),
        ('Hourglass, first of 2 stacks', HOURGLASS),
        ('CLNet-Hourglass, 2 stacks', COMPOSITE),
        ('R+H+M, hourglass of 2 stacks', STABLE),
        ('Baseline, hourglass of 2 stacks', HOURGLASS),
        ('Baseline, HRNet-W32', HRNET),
    ],
)
def test_a_model_of_the_plan_belongs_to_its_papers_collection(model, collection):
    assert collection_of(model) == collection


def test_every_model_of_the_plan_belongs_to_a_collection_and_a_stranger_to_none(repo):
    for run in read_plan(repo / 'configs' / 'experiments' / 'plan.yml'):
        collection_of(run.model)
    with pytest.raises(ValueError, match='Transformer'):
        collection_of('Transformer')
