"""Models are compared on the same samples only."""

import re
from pathlib import Path

import pytest
from compare_heatmaps import main as compare_heatmaps
from loss_surface import main as loss_surface


@pytest.mark.parametrize(('command', 'out'), [(compare_heatmaps, 'out'), (loss_surface, 'a.png')])
def test_models_with_other_test_sets_are_refused(
    command, out, composite, heatmap, tmp_path, capsys
):
    other = Path(heatmap[0]).with_name('other.py')
    text = 'test_dataloader = dict(dataset=dict(ann_file="train.json"))'
    other.write_text(f'_base_ = {heatmap[0]!r}\n{text}\n')
    words = [*composite, str(other), heatmap[1], '--index', '1', '--device', 'cpu']
    with pytest.raises(SystemExit):
        command([*words, '--out', str(tmp_path / out)])
    error = capsys.readouterr().err.splitlines()[-1]
    assert re.search(r'--index 1: expected the same sample.* got .* for .* and .* for ', error)
    assert not any(tmp_path.iterdir())
