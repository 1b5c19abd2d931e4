"""Each flag changes the config that the runner is built from; what is written out is the same."""

from unittest.mock import Mock

import pytest
import torch
from mmengine.config import Config
from mmengine.optim import AmpOptimWrapper
from mmengine.runner import Runner

from mmpose_stable.cli.config import main as write_config
from mmpose_stable.cli.configuration import check_spelling, default_work_dir, use_amp
from mmpose_stable.cli.train import main as run_train
from mmpose_stable.config_parts import read_config
from mmpose_stable.methods import apply_method

STOCK = 'mmpose::body_2d_keypoint/topdown_heatmap/coco/td-hm_res50_8xb64-210e_coco-256x192.py'


@pytest.fixture
def config_of(repo, tmp_path, monkeypatch):
    """Return the config that a training builds its runner from."""
    build = Mock()
    monkeypatch.setattr(Runner, 'from_cfg', build)
    monkeypatch.setattr(torch.cuda, 'is_available', lambda: False)

    def run(*words):
        config = repo / 'configs' / 'demo_hands.py'
        run_train([str(config), *words, '--work-dir', str(tmp_path)])
        return build.call_args.args[0]

    return run


@pytest.mark.parametrize(
    ('flag', 'changed'),
    [
        ('--seed=3', {'randomness.seed': 3}),
        ('--no-validate', dict.fromkeys(['val_cfg', 'val_dataloader', 'val_evaluator'])),
        ('--auto-scale-lr', {'auto_scale_lr.enable': True}),
        ('--amp', {'optim_wrapper.type': 'CPUAmpOptimWrapper'}),
    ],
)
def test_a_flag_changes_its_own_key_alone(flag, changed, config_of):
    words = ['--cfg-options', 'randomness.deterministic=True']
    expected, found = config_of(*words), config_of(*words, flag)
    assert expected.to_dict() != found.to_dict()
    expected.merge_from_dict(changed)
    assert expected.to_dict() == found.to_dict()


@pytest.mark.parametrize(
    ('on_gpu', 'built'), [(False, 'CPUAmpOptimWrapper'), (True, 'AmpOptimWrapper')]
)
def test_mixed_precision_takes_over_a_config_that_has_settings_of_the_other_device(
    monkeypatch, on_gpu, built
):
    monkeypatch.setattr(torch.cuda, 'is_available', lambda: on_gpu)
    optimizer = {'type': 'SGD', 'lr': 0.1}
    settings = {'loss_scale': 512.0, 'dtype': 'float16', 'optimizer': optimizer}
    # Newer configs name a class.
    cfg = Config({'optim_wrapper': {'type': AmpOptimWrapper, **settings}})
    use_amp(cfg)
    kept = settings if on_gpu else {'optimizer': optimizer}
    assert cfg.optim_wrapper == {'type': built, **kept}


@pytest.mark.parametrize(
    ('config', 'folder'),
    [
        ('configs/cl_resnet50_coco.py', 'work_dirs/cl_resnet50_coco'),
        ('configs/stable/hands/base.py', 'work_dirs/stable/hands/base'),
        ('stable/hands/base.py', 'work_dirs/base'),
        ('configs/old/configs/new/base.py', 'work_dirs/new/base'),
    ],
)
def test_configs_of_one_name_have_work_folders_of_their_own(config, folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert default_work_dir(config) == folder


def test_a_misspelled_key_is_refused_and_a_new_one_is_not():
    model = {'type': 'Model', 'test_cfg': {'flip_test': True}}
    cfg = Config(
        {'train_dataloader': {'batch_size': 1}, 'model': model, 'hooks': [{'by': {'a1': 0}}]}
    )
    for wrong, meant in [
        ('train_dataloder.batch_size', 'train_dataloader'),
        ('model.test_cfg.flip_tset', 'flip_test'),
        ('train_dataloader.batch_siez', 'batch_size'),
    ]:
        with pytest.raises(ValueError, match=f'--cfg-options {wrong}: .* did you mean {meant!r}'):
            check_spelling(cfg, {wrong: 2})
    # A class checks its own settings, which the config need not hold.
    check_spelling(cfg, {'model.test_cfgs': 2, 'hooks.0.by.a1': 1})
    check_spelling(cfg, {'env_cfg.cudnn_benchmark': True, 'find_unused_parameters': True})


def test_a_written_file_reads_as_the_changed_config_without_any_base(tmp_path):
    out = tmp_path / 'derived.py'
    options = ['--cfg-options', 'train_cfg.max_epochs=3', 'model.consistency.0.loss_weight=7']
    options += ['--data-root', 'elsewhere']
    write_config([STOCK, '--method', 'rhm', '-o', str(out), *options])
    written = Config.fromfile(out)
    assert '_base_' not in out.read_text()
    assert written.custom_imports.imports == ['mmpose_stable']
    assert written.train_cfg.max_epochs == 3
    assert written.train_dataloader.dataset.data_root == 'elsewhere/'
    expected = apply_method(read_config(STOCK), 'rhm')
    expected.model.consistency[0].loss_weight = 7
    assert written.model.to_dict() == expected.model.to_dict()


def test_it_is_printed_without_a_file_and_other_suffixes_are_refused(tmp_path, capsys):
    write_config([STOCK])
    assert "type='TopdownPoseEstimator'" in capsys.readouterr().out
    with pytest.raises(ValueError, match=r'--out: expected a name ending in \.py'):
        write_config([STOCK, '-o', str(tmp_path / 'derived.yaml')])
