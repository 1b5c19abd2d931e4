"""Tools that import quickly beside others say how they are used, in this process."""

import runpy
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize(
    'tool',
    ['export_onnx', 'loss_surface', 'compare_heatmaps', 'complexity', 'stabilize']
    + [f'converters/{source}_to_coco' for source in ('lsp', 'mpii', 'rhd', 'stb')],
)
def test_every_tool_says_how_it_is_used(tool, repo, monkeypatch, capsys):
    script = str(repo / 'tools' / f'{tool}.py')
    monkeypatch.setattr(sys, 'argv', [script, '--help'])
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(script, run_name='__main__')
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith(f'usage: {Path(script).name}')
