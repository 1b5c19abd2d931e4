"""`mmpose-stable stabilize` end to end on a few photographs of hands."""

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmpose.apis import init_model
from mmpose.registry import MODELS
from mmpose.visualization import PoseLocalVisualizer
from tiny_hands import logged, tiny_hands
from videos import write_video

from mmpose_stable.cli import stabilize
from mmpose_stable.cli.stabilize import main
from mmpose_stable.cli.train import main as run_train

SHORT = ['--updates', '4', '--cfg-options', 'default_hooks.logger.interval=1']
SHORT += ['train_dataloader.batch_size=2', 'model.teacher.clean_weight=2']


@pytest.fixture(autouse=True, scope='module')
def _few_cells():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stabilize, 'SEVERITIES', '3')
        yield


@pytest.fixture(scope='module')
def model(repo, tmp_path_factory):
    """A user's config and checkpoint."""
    folder = tmp_path_factory.mktemp('model')
    config, weights = tiny_hands(repo, folder), folder / 'base.pth'
    torch.manual_seed(0)
    model = MODELS.build(Config.fromfile(config).model)
    torch.save({'state_dict': model.state_dict()}, weights)
    return str(config), str(weights)


@pytest.fixture(scope='module')
def done(model, tmp_path_factory):
    """A whole run, and what the user's checkpoint was before it."""
    content = Path(model[1]).read_bytes()
    folder = tmp_path_factory.mktemp('stabilize')
    return folder, main([*model, '--control', '--work-dir', str(folder), *SHORT]), content


def test_the_result_is_the_users_model_and_a_page_shows_both(model, done):
    _, outcome, content = done
    assert Path(model[1]).read_bytes() == content
    files = model[1], str(outcome.checkpoint)
    before, after = (init_model(model[0], file, 'cpu') for file in files)
    assert list(before.state_dict()) == list(after.state_dict())
    state = torch.load(outcome.checkpoint, weights_only=False)['state_dict']
    assert set(state) == set(torch.load(model[1])['state_dict'])
    weights = [torch.nn.utils.parameters_to_vector(m.parameters()) for m in (before, after)]
    assert not torch.equal(*weights)
    page = outcome.page.read_text(encoding='utf-8')
    assert all(line.split(' ')[0] in page for line in outcome.lines)
    assert 'beside the same training without it' in outcome.lines[-5]
    assert 'not measured; give a video' in outcome.lines[-3]


def test_a_run_that_was_killed_goes_on_with_the_same_losses(done, tmp_path):
    folder, _, _ = done
    config = str(folder / 'configs' / 'stabilize.py')
    for words in (['--cfg-options', 'train_cfg.max_iters=2'], ['--resume']):
        PoseLocalVisualizer._instance_dict.clear()  # as in a new process
        run_train([config, '--work-dir', str(tmp_path), *words])
    found, expected = (
        {entry['iter']: entry['loss'] for entry in logged(run)} for run in (tmp_path, folder)
    )
    assert found == pytest.approx(expected, rel=1e-6)


def test_a_finished_run_is_read_again_or_refused_and_not_written_over(model, done):
    folder, outcome, _ = done
    trained, words = outcome.checkpoint.read_bytes(), [*model, '--work-dir', str(folder)]
    assert main([*words, '--control', *SHORT, '--resume']) == outcome
    assert outcome.checkpoint.read_bytes() == trained
    with pytest.raises(ValueError, match='holds an earlier training; go on with it'):
        main([*words, '--control', *SHORT])
    with pytest.raises(ValueError, match='with other options'):
        main([*words, '--resume', '--updates', '5'])


def test_resuming_with_other_pictures_is_refused(model, tmp_path):
    for name in ('a', 'b'):
        (tmp_path / name).mkdir()
        cv2.imwrite(str(tmp_path / name / 'photo.png'), np.zeros((96, 96, 3), np.uint8))
    words = [*model, '--work-dir', str(tmp_path / 'work'), '--dry-run', '--resume', '--images']
    for _ in range(2):
        main([*words, str(tmp_path / 'a')])
    with pytest.raises(ValueError, match=r'people\.json is of a run with other options'):
        main([*words, str(tmp_path / 'b')])


def test_options_of_what_the_training_replaces_are_those_of_the_users_config_alone(model, tmp_path):
    words = [*model, '--work-dir', str(tmp_path), '--dry-run', '--cfg-options', 'custom_hooks=[]']
    options = ['model.backbone.init_cfg.0.checkpoint=gone.pth', 'param_scheduler.1.gamma=0.5']
    written = []
    for more in ([], [*options, 'val_dataloader.batch_size=1']):
        main([*words, *more])
        written.append((tmp_path / 'configs' / 'stabilize.py').read_text())
    assert written[0] == written[1]
    assert 'KeyedRandomness' in written[0]


def test_a_video_without_labels_has_movement_agreement_and_jitter(model, tmp_path, capsys):
    frames = [np.full((96, 96, 3), brightness, np.uint8) for brightness in range(0, 250, 50)]
    clip = write_video(tmp_path / 'clip.avi', frames, fps=10)
    words = ['--images', str(clip), '--work-dir', str(tmp_path / 'work')]
    outcome = main([*model, *words, *SHORT, 'test_dataloader.dataset.ann_file=gone.json'])
    assert '--images: 5 persons; left out: 0' in capsys.readouterr().out
    movement, accuracy, jitter, *_ = outcome.lines[-5:]
    assert 'on the given pictures' in movement
    assert 'clean AUC not known; perturbed AUC not known' in accuracy
    assert 'with a one-euro filter' in jitter
    assert 'Keypoints on the video' in outcome.page.read_text(encoding='utf-8')


@pytest.mark.parametrize(
    ('words', 'error', 'said'),
    [
        (['--images', '{empty}'], ValueError, 'no picture that can be used'),
        (['--updates', '0'], ValueError, '--updates: expected at least 1'),
        (['--work-dir', '{model}'], ValueError, 'holds tiny.py, which is yours'),
        (['--cfg-options', 'model.backbone.base_channels=16'], ValueError, 'does not fit'),
    ],
)
def test_what_cannot_be_stabilised_is_said_before_any_work(words, error, said, model, tmp_path):
    (tmp_path / 'empty').mkdir()
    folder = Path(model[0]).parent
    words = [word.format(empty=tmp_path / 'empty', model=folder) for word in words]
    with pytest.raises(error, match=said):
        main([*model, '--work-dir', str(tmp_path / 'work'), *words])
    assert not list(tmp_path.glob('work/*.pth'))
