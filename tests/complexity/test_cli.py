"""The command, from its options to its files."""

import json

import pytest

from mmpose_stable.complexity.cli import main


def test_it_counts_without_timing(repo, tmp_path, capsys):
    config = repo / 'configs' / 'cl_resnet18_synth_hand.py'
    out = tmp_path / 'out'
    main([str(config), '--no-speed', '--no-mmpose', '--out', str(out), '--note', 'A quiet day.'])
    content = json.loads((out / 'complexity.json').read_text())
    (row,) = content['rows']
    assert row['config'] == 'cl_resnet18_synth_hand'
    assert not any(key.startswith('images') for key in row)
    assert content['setting'] == 'A quiet day.'
    assert 'A quiet day.' in (out / 'complexity.md').read_text()
    assert 'written: ' in capsys.readouterr().out
    assert not (out / 'complexity.png').exists()


@pytest.mark.parametrize('option', ['--batch', '--rounds', '--threads'])
def test_a_number_below_one_is_refused(option, capsys):
    with pytest.raises(SystemExit):
        main([option, '0'])
    assert f'{option}: expected at least 1, got 0' in capsys.readouterr().err


def test_a_missing_config_is_one_clear_error(tmp_path):
    with pytest.raises(SystemExit, match=r'^complexity: nowhere\.py: expected a readable config'):
        main(['nowhere.py', '--no-mmpose', '--out', str(tmp_path / 'out')])
    assert not list(tmp_path.iterdir())
