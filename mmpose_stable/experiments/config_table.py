"""The README's table of configs: what each costs, measured, beside what its paper prints."""

from __future__ import annotations

import json
from pathlib import Path

import yaml
from mmengine.config import Config

from mmpose_stable.complexity.measure import count_macs, count_parameters
from mmpose_stable.complexity.models import build_from_config

BEGIN = '<!-- configs: written by tools/config_table.py -->'
END = '<!-- /configs -->'
HEADINGS = (
    'config',
    'input',
    'stride',
    'parameters, M',
    'GMACs',
    'measured here',
    'printed in the paper',
)
# The metric of a result that stands in the table.
METRICS = ('coco/AP', 'torso/PCK', 'AUC')


def listed_configs(repo: Path) -> list[Path]:
    """Return the configs that the table lists: the leaves of the top folder."""
    return sorted((repo / 'configs').glob('*.py'))


def config_table(repo: Path) -> str:
    """Return the Markdown table, built from the configs, docs/results and docs/printed.yml."""
    printed = yaml.safe_load((repo / 'docs' / 'printed.yml').read_text(encoding='utf-8'))
    measured = {}
    for path in sorted((repo / 'docs' / 'results').glob('*.json')):
        result = json.loads(path.read_text(encoding='utf-8'))
        key = next(key for key in METRICS if key in result['metrics'])
        measured[Path(result['config']).stem] = f'{key} {result["metrics"][key]:.3f}'
    rows = [HEADINGS, ('---',) * len(HEADINGS)]
    for path in listed_configs(repo):
        built = build_from_config(path)
        width, height = built.input_size
        codec = Config.fromfile(path).codec
        stride = width // codec.heatmap_size[0] if 'heatmap_size' in codec else codec.stride
        rows.append(
            (
                f'[{path.stem}](configs/{path.name})',
                f'{height}×{width}',
                str(stride),
                f'{count_parameters(built.model) / 1e6:.2f}',
                f'{count_macs(built.model, built.input_size) / 1e9:.2f}',
                measured.get(path.stem, ''),
                printed.get(path.stem, ''),
            )
        )
    return '\n'.join('| ' + ' | '.join(row) + ' |' for row in rows)


def insert_table(text: str, table: str) -> str:
    """Return a text whose part between the marks is the table.

    Raises:
        ValueError: The marks are not there.
    """
    if BEGIN not in text or END not in text:
        raise ValueError(f'expected the marks {BEGIN!r} and {END!r} in the README')
    before, rest = text.split(BEGIN)
    return f'{before}{BEGIN}\n{table}\n{END}{rest.split(END)[1]}'
