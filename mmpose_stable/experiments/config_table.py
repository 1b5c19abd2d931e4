"""The README's table of configs: what each costs, measured, beside what its paper prints."""

from __future__ import annotations

import json
import statistics
from pathlib import Path

import yaml
from mmengine.config import Config

from mmpose_stable.complexity.measure import count_macs, count_parameters
from mmpose_stable.complexity.models import build_from_config
from mmpose_stable.experiments.marked_text import marks

MARKS = marks('configs', 'make experiments')
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


def measured_scores(repo: Path) -> dict[Path, str]:
    """Return the score of each config that has results, a mean where there are several seeds."""
    scores: dict[Path, list[float]] = {}
    names = {}
    for path in sorted((repo / 'docs' / 'results').glob('*.json')):
        result = json.loads(path.read_text(encoding='utf-8'))
        config = repo / result['config']
        names[config] = next(key for key in METRICS if key in result['metrics'])
        scores.setdefault(config, []).append(result['metrics'][names[config]])
    return {
        config: f'{names[config]} {statistics.fmean(values):.3f}'
        + f' ({len(values)} seeds)' * (len(values) > 1)
        for config, values in scores.items()
    }


def listed_configs(repo: Path) -> list[Path]:
    """Return the configs that the table lists: the leaves of the top folder, and what was run."""
    return sorted((repo / 'configs').glob('*.py')) + sorted(measured_scores(repo))


def config_table(repo: Path) -> str:
    """Return the Markdown table, built from the configs, docs/results and docs/printed.yml."""
    printed = yaml.safe_load((repo / 'docs' / 'printed.yml').read_text(encoding='utf-8'))
    measured, configs = measured_scores(repo), repo / 'configs'
    rows = [HEADINGS, ('---',) * len(HEADINGS)]
    for path in listed_configs(repo):
        built = build_from_config(path)
        width, height = built.input_size
        codec = Config.fromfile(path).codec
        stride = width // codec.heatmap_size[0] if 'heatmap_size' in codec else codec.stride
        rows.append(
            (
                f'[{path.relative_to(configs).with_suffix("")}]({path.relative_to(repo)})',
                f'{height}×{width}',
                str(stride),
                f'{count_parameters(built.model) / 1e6:.2f}',
                f'{count_macs(built.model, built.input_size) / 1e9:.2f}',
                measured.get(path, ''),
                printed.get(path.stem, ''),
            )
        )
    return '\n'.join('| ' + ' | '.join(row) + ' |' for row in rows)
