"""Writing a result: where robustness.json is, the other files are complete and of the same run."""

import shutil

import pytest
import tiny_runs

from mmpose_stable.robustness import conclusion, load_results

FEW = ('--perturbations', 'saturate', '--severities', '2')


@pytest.mark.parametrize(
    ('owner', 'name'),
    [
        (conclusion.Predictions, 'save'),
        (conclusion, 'write_examples'),
        (conclusion.results, 'write_results'),
    ],
)
def test_a_run_killed_while_it_writes_leaves_no_result_and_can_go_on(
    tiny_data, tmp_path, monkeypatch, owner, name, finished
):
    def killed(*_, **__):
        raise KeyboardInterrupt

    cfg = tiny_runs.tiny_config(tiny_data, tmp_path)
    shutil.copytree(finished('msra').folder, tmp_path / 'robustness')
    result = tmp_path / 'robustness' / 'robustness.json'
    words = ('--perturb-seed', '4', *FEW)
    with monkeypatch.context() as patched:
        patched.setattr(owner, name, killed)
        with pytest.raises(KeyboardInterrupt):
            tiny_runs.robustness_runner(cfg, *words).test()
    assert not result.exists()
    tiny_runs.robustness_runner(cfg, *words, '--resume').test()
    assert load_results(result)['settings']['seed'] == 4
