"""A config that is written out is the one that would have been trained."""

import pytest
from mmengine.config import Config

from mmpose_stable.cli.config import main
from mmpose_stable.config_parts import read_config
from mmpose_stable.methods import apply_method

STOCK = 'mmpose::body_2d_keypoint/topdown_heatmap/coco/td-hm_res50_8xb64-210e_coco-256x192.py'


def test_the_file_reads_as_the_changed_config_without_any_base(tmp_path):
    out = tmp_path / 'derived.py'
    options = ['--cfg-options', 'train_cfg.max_epochs=3', 'model.consistency.0.loss_weight=7']
    options += ['--data-root', 'elsewhere']
    main([STOCK, '--method', 'rhm', '-o', str(out), *options])
    written = Config.fromfile(out)
    assert '_base_' not in out.read_text()
    assert written.custom_imports.imports == ['mmpose_stable']
    assert written.train_cfg.max_epochs == 3
    assert written.train_dataloader.dataset.data_root == 'elsewhere/'
    expected = apply_method(read_config(STOCK), 'rhm')
    expected.model.consistency[0].loss_weight = 7
    assert written.model.to_dict() == expected.model.to_dict()


def test_it_is_printed_without_a_file_and_other_suffixes_are_refused(tmp_path, capsys):
    main([STOCK])
    assert "type='TopdownPoseEstimator'" in capsys.readouterr().out
    with pytest.raises(ValueError, match=r'--out: expected a name ending in \.py'):
        main([STOCK, '-o', str(tmp_path / 'derived.yaml')])
