"""The table and the files: what others printed never shares a column with what is measured."""

import json

import pytest

from mmpose_stable.complexity.printed import PRINTED
from mmpose_stable.complexity.report import format_table, measure, write_report

ROWS = [
    {
        'config': 'cl_resnet50_coco',
        'ours': True,
        'input_size': [192, 256],
        'megaparams': 13.5489,
        'gmacs': 4.191,
        'images_per_second_1': 30.0,
    },
    {
        'config': 'mine',
        'ours': True,
        'input_size': [96, 128],
        'megaparams': 2.0,
        'gmacs': 1.0,
        'images_per_second_1': 60.0,
    },
]


def test_the_table_has_measured_and_printed_columns():
    heads, _, first, second = (
        [cell.strip() for cell in line.strip('|').split('|')]
        for line in format_table(ROWS, [1]).splitlines()
    )
    assert heads == [
        'config',
        'input',
        'parameters, M',
        'GMACs',
        'images/s, batch 1',
        'COCO AP, printed',
        'printed in',
    ]
    printed = PRINTED['cl_resnet50_coco']
    assert first[:5] == ['cl_resnet50_coco', '256×192', '13.55', '4.19', '30.00']
    assert first[5:] == [f'{printed.ap:.1f}', printed.source]
    assert second == ['mine', '128×96', '2.00', '1.00', '60.00', '', '']


def test_without_timing_the_table_has_counts_only():
    assert 'images/s' not in format_table(ROWS, [])


@pytest.mark.parametrize('has_picture', [False, True])
def test_the_files_hold_the_rows_and_say_on_what_they_were_measured(has_picture, tmp_path):
    folder = tmp_path / 'new'
    text = write_report(ROWS, [1], 'A slow machine.', folder, has_picture)
    page = (folder / 'complexity.md').read_text()
    assert text in page
    assert 'A slow machine.' in page
    assert ('](complexity.png)' in page) == has_picture
    content = json.loads((folder / 'complexity.json').read_text())
    assert content['setting'] == 'A slow machine.'
    assert content['rows'][0]['printed'] == PRINTED['cl_resnet50_coco']._asdict()
    assert content['rows'][1] == ROWS[1]
    assert sorted(path.name for path in folder.iterdir()) == ['complexity.json', 'complexity.md']


def test_models_are_counted_and_timed_in_the_order_given(repo):
    configs = repo / 'configs'
    ours, theirs = configs / 'cl_resnet18_synth_hand.py', configs / 'simple_resnet18_synth_hand.py'
    first, second = measure([ours], [theirs], batches=[1], rounds=1)
    assert (first['config'], first['ours']) == ('cl_resnet18_synth_hand', True)
    assert (second['config'], second['ours']) == ('simple_resnet18_synth_hand', False)
    assert first['input_size'] == [128, 128]
    assert first['megaparams'] == pytest.approx(9.60, abs=0.01)
    assert first['images_per_second_1'] > 0
    assert second['images_per_second_1'] > 0
