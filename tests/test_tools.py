"""What tools/ does beyond calling the package: the demo's picture, the page of the benchmarks."""

import importlib.util
from types import SimpleNamespace

import numpy as np
import pytest
from mmengine.registry import init_default_scope
from mmengine.structures import InstanceData


@pytest.fixture
def tool(repo):
    """Return a script of tools/ as a module."""

    def load(name):
        spec = importlib.util.spec_from_file_location(name, repo / 'tools' / f'{name}.py')
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return load


def test_the_demo_draws_each_hand_with_its_own_label_and_prediction(tool, monkeypatch):
    demo = tool('demo')

    class Shifts:
        """Predicts the label, two pixels to the right."""

        def test_step(self, data):
            (sample,) = data['data_samples']
            truth = np.array(sample.gt_instances.keypoints)
            sample.pred_instances = InstanceData(keypoints=truth + (2, 0))
            return [sample]

    datasets, build = [], demo.Runner.build_dataloader

    def keep(settings):
        loader = build(settings)
        datasets.append(loader.dataset)
        return loader

    monkeypatch.setattr(demo.Runner, 'build_dataloader', keep)

    def init_model(*_, **__):
        init_default_scope('mmpose')
        return Shifts()

    monkeypatch.setattr(demo, 'init_model', init_model)
    sheet = demo.prediction_sheet('none.pth', count=4, columns=2)
    (dataset,) = datasets
    side = 3 * 112
    assert sheet.shape == (2 * side, 2 * side, 3)
    for index in range(4):
        hand = dataset.get_data_info(index)
        (truth,) = hand['keypoints']
        hands = [(truth, demo.TRUTH), (truth + (2, 0), demo.PREDICTION)]
        top, left = side * (index // 2), side * (index % 2)
        np.testing.assert_array_equal(
            sheet[top : top + side, left : left + side],
            demo.draw(hand['img'], hands, dataset.metainfo['skeleton_links']),
        )


def test_a_benchmark_that_runs_again_replaces_its_section_of_the_page_only(
    tool, tmp_path, monkeypatch, capsys
):
    bench = tool('bench')
    (tmp_path / 'benchmarks').mkdir()
    for name in ('common', 'decode', 'table'):
        (tmp_path / 'benchmarks' / f'{name}.py').touch()
    printed = {'decode': 'twice as fast\n', 'table': '| a |\n|---|\n| 1 |\n'}
    monkeypatch.setattr(bench, 'REPO', tmp_path)
    monkeypatch.setattr(
        bench.subprocess,
        'run',
        lambda command, **_: SimpleNamespace(
            returncode=0, stdout=printed[command[1].rsplit('/', 1)[1].removesuffix('.py')]
        ),
    )
    page = tmp_path / 'speed.md'

    def run(*words):
        monkeypatch.setattr('sys.argv', ['bench.py', '--page', str(page), *words])
        bench.main()
        return bench.read_sections(page)

    assert run() == {'decode': '```text\ntwice as fast\n```', 'table': printed['table'].strip()}
    first = page.read_text()
    assert first.startswith(bench.HEADER)
    printed['decode'] = 'three times as fast\n'
    assert run('--only', 'decode') == {
        'decode': '```text\nthree times as fast\n```',
        'table': printed['table'].strip(),
    }
    assert page.read_text() == first.replace('twice', 'three times')
