"""What a training takes over from the checkpoint it starts from, and what it leaves alone."""

import shutil

import pytest
import torch
from tiny_runs import write_training

from mmpose_stable.cli.train import main as run_train
from mmpose_stable.model_files import load_model


@pytest.fixture(scope='module')
def config(tmp_path_factory):
    return write_training(tmp_path_factory.mktemp('training'))


@pytest.fixture(scope='module')
def trained(config, tmp_path_factory):
    folder = tmp_path_factory.mktemp('other')
    run_train([config, '--work-dir', str(folder)])
    (best,) = folder.glob('best_*.pth')
    # A score that the next validation betters: then MMEngine removes what it takes for its own.
    for path in folder.glob('iter_*.pth'):
        content = torch.load(path, weights_only=False)
        content['message_hub']['runtime_info'].update(best_score=1e9, best_ckpt=str(best))
        torch.save(content, path)
    return folder


def names(folder, pattern='*.pth'):
    return sorted(path.name for path in folder.glob(pattern))


def resume(config, source, work, *options):
    run_train(
        [config, '--resume', str(source), '--work-dir', str(work)]
        + ['--cfg-options', 'train_cfg.max_iters=8', *options]
    )


def test_a_run_resumed_in_a_new_folder_deletes_nothing_that_it_did_not_write(
    config, trained, tmp_path
):
    before = names(trained)
    # Of another run, under names that the resumed one would clear away.
    others = [tmp_path / 'iter_2.pth', tmp_path / 'iter_4.pth']
    for other in others:
        other.write_text('mine')
    resume(config, trained / 'iter_4.pth', tmp_path)
    assert names(trained) == before
    assert [other.read_text() for other in others] == ['mine', 'mine']
    assert names(tmp_path, 'best_*.pth')


def test_a_run_resumed_in_its_own_folder_keeps_one_best_and_the_newest(config, trained, tmp_path):
    own = tmp_path / 'own'
    run_train([config, '--work-dir', str(own)])
    resume(config, own / 'iter_4.pth', own)
    assert len(names(own, 'best_*.pth')) == 1
    assert names(own, 'iter_*.pth') == ['iter_6.pth', 'iter_8.pth']


def test_a_copied_work_folder_leaves_the_original_alone(config, trained, tmp_path):
    copy = shutil.copytree(trained, tmp_path / 'copy')
    before = names(trained)
    resume(config, copy / 'iter_4.pth', copy)
    assert names(trained) == before


def test_a_checkpoint_without_optimizer_is_not_resumed_and_the_right_one_named(
    config, trained, tmp_path
):
    (best,) = trained.glob('best_*.pth')
    with pytest.raises(ValueError, match=r'lacks optimizer.*take .*iter_4\.pth'):
        resume(config, best, tmp_path)


def test_a_checkpoint_of_another_type_of_optimizer_is_not_resumed(config, trained, tmp_path):
    with pytest.raises(ValueError, match=r'of an optimizer with dampening.* has .*betas'):
        resume(config, trained / 'iter_4.pth', tmp_path, 'optim_wrapper.optimizer.type=Adam')


def test_a_method_trains_beside_the_plain_training_and_its_weights_need_its_config(
    config, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    run_train([config, '--method', 'h', '--cfg-options', 'work_dir=plain'])
    assert not (tmp_path / 'plain').exists()
    (own,) = tmp_path.glob('plain_h/*.py')
    weights = str(tmp_path / 'plain_h' / 'iter_4.pth')
    load_model(own, weights, 'cpu')
    with pytest.raises(ValueError, match=r'with HDHeatmap, .* has HeatmapHead with MSRAHeatmap'):
        load_model(config, weights, 'cpu')


def test_training_from_weights_of_another_model_is_refused_unless_asked_for(
    config, trained, tmp_path
):
    content = torch.load(trained / 'iter_4.pth', weights_only=False)
    content['state_dict']['head.final_layer.bias'] = torch.zeros(17)
    torch.save(content, tmp_path / 'other.pth')
    options = ['--cfg-options', f'load_from={tmp_path}/other.pth', 'log_level=WARNING']
    words = ['--work-dir', str(tmp_path), *options]
    with pytest.raises(ValueError, match=r'does not fit .*final_layer'):
        run_train([config, *words])
    words += ['--partial-load', str(tmp_path / 'tiny.py')]  # the config that it left
    run_train(words)
    (log,) = sorted(tmp_path.glob('*/*.log'))[-1:]
    count = len(content['state_dict'])
    assert f'{count - 1} of {count} weights of the model are loaded' in log.read_text()
    assert (tmp_path / 'iter_4.pth').is_file()
    torch.save({'x': torch.zeros(1)}, tmp_path / 'other.pth')
    with pytest.raises(ValueError, match=r'other\.pth has no weight of the model'):
        run_train(words)
