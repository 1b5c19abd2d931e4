"""The table of costs: measured, then written as JSON and Markdown."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tqdm import tqdm

from mmpose_stable.complexity.measure import (
    COUNTER,
    count_macs,
    count_parameters,
    images_per_second,
    time_predictions,
)
from mmpose_stable.complexity.models import build_from_config
from mmpose_stable.complexity.printed import PRINTED
from mmpose_stable.files import write_text

PICTURE = 'complexity.png'
HEADER = """# What the networks cost

Written by `tools/complexity.py`, with the batches and threads that are named below. Parameters,
multiply-adds and speed are measured here, with random weights. Accuracies are those that others
printed; none was measured with this package.
"""


def measure(
    ours: Sequence[Path], theirs: Sequence[Path], batches: Sequence[int], rounds: int
) -> list[dict[str, Any]]:
    """Build, count and time the models of config files.

    Args:
        ours: Config files of the networks to look at.
        theirs: Config files of the networks that they are compared with.
        batches: Batch sizes to time; none for counting only.
        rounds: Timed calls of each model and batch size.

    Returns:
        A row a model, in the order given: ``config``, ``ours``, ``input_size`` (width, height),
        ``megaparams``, ``gmacs`` and ``images_per_second_<batch>``.

    Raises:
        ConfigError: A config file gives no pose estimator.
    """
    files = [*((file, True) for file in ours), *((file, False) for file in theirs)]
    models = [build_from_config(file) for file, _ in files]
    rows = []
    for built, (_, is_ours) in tqdm(
        list(zip(models, files, strict=True)), desc='parameters and multiply-adds'
    ):
        rows.append(
            {
                'config': built.config,
                'ours': is_ours,
                'input_size': list(built.input_size),
                'megaparams': count_parameters(built.model) / 1e6,
                'gmacs': count_macs(built.model, built.input_size) / 1e9,
            }
        )
    for batch in batches:
        times = time_predictions(models, batch, rounds)
        for row, seconds in zip(rows, times, strict=True):
            row[f'images_per_second_{batch}'] = images_per_second(batch, seconds)
    return rows


def format_table(rows: Sequence[dict[str, Any]], batches: Sequence[int]) -> str:
    """Return a Markdown table; what others printed stands in columns of its own."""
    heads = [
        'config',
        'input',
        'parameters, M',
        'GMACs',
        *(f'images/s, batch {batch}' for batch in batches),
        'COCO AP, printed',
        'printed in',
    ]
    lines = [heads, ['---', '---', *['---:'] * (3 + len(batches)), '---']]
    for row in rows:
        width, height = row['input_size']
        printed = PRINTED.get(row['config'])
        lines.append(
            [
                row['config'],
                f'{height}×{width}',
                f'{row["megaparams"]:.2f}',
                f'{row["gmacs"]:.2f}',
                *(f'{row[f"images_per_second_{batch}"]:.2f}' for batch in batches),
                f'{printed.ap:.1f}' if printed else '',
                printed.source if printed else '',
            ]
        )
    return '\n'.join(f'| {" | ".join(line)} |' for line in lines)


def write_report(
    rows: Sequence[dict[str, Any]],
    batches: Sequence[int],
    setting: str,
    folder: Path,
    has_picture: bool,
) -> str:
    """Write ``complexity.json`` and ``complexity.md``; returns the table with its notes.

    Args:
        rows: What :func:`measure` returned.
        batches: The batch sizes that were timed.
        setting: On what the times were taken, and other notes.
        folder: Where the files go.
        has_picture: Show :data:`PICTURE`, which lies beside them.
    """
    notes = f'GMACs are 10⁹ {COUNTER}. Input is height × width.'
    if batches:
        notes += (
            ' Images a second are whole predictions (normalising, network, decoding) without flip '
            'test, by the median call.'
        )
    notes = f'{notes} {setting}'.strip()
    text = f'{format_table(rows, batches)}\n\n{notes}\n'
    page = f'{HEADER}\n{text}'
    if has_picture:
        page += f'\n![Printed accuracy against measured cost]({PICTURE})\n'
    content = {
        'counter': COUNTER,
        'setting': setting,
        'rows': [
            {**row, 'printed': PRINTED[row['config']]._asdict()}
            if row['config'] in PRINTED
            else row
            for row in rows
        ],
    }
    write_text(folder / 'complexity.json', json.dumps(content, indent=1, ensure_ascii=False) + '\n')
    write_text(folder / 'complexity.md', page)
    return text
