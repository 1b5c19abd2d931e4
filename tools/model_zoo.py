"""Test ten well-known models of MMPose on COCO val, and write them into one leaderboard.

Configs and addresses of checkpoints are those of the installed MMPose. A run that was interrupted
goes on where it stopped.
"""

import csv
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import mmpose
import yaml

from mmpose_stable.cli.command import CommandParser, run
from mmpose_stable.cli.evaluate import evaluate_robustness
from mmpose_stable.robustness.report import write_csv

_MIM = Path(mmpose.__file__).parent / '.mim'
TEN = (
    'td-hm_res50_8xb64-210e_coco-256x192',
    'td-hm_res101_8xb64-210e_coco-256x192',
    'td-hm_hrnet-w32_8xb64-210e_coco-256x192',
    'td-hm_hrnet-w48_8xb32-210e_coco-256x192',
    'td-hm_hrnet-w32_dark-8xb64-210e_coco-256x192',
    'td-hm_hrnet-w32_udp-8xb64-210e_coco-256x192',
    'td-hm_ViTPose-small_8xb64-210e_coco-256x192',
    'simcc_res50_8xb64-210e_coco-256x192',
    'rtmpose-m_8xb256-420e_coco-256x192',
    'td-reg_res50_rle-8xb64-210e_coco-256x192',
)


def known_models() -> dict[str, tuple[Path, str]]:
    """Return config and address of the checkpoint of each model that MMPose lists, by its name."""
    index = yaml.safe_load((_MIM / 'model-index.yml').read_text())
    found = {}
    for name in index['Import']:
        listed = yaml.safe_load((_MIM / name).read_text())['Models']
        for model in listed:
            if model.get('Weights'):
                found[Path(model['Config']).stem] = _MIM / model['Config'], model['Weights']
    return found


def read_models(path: Path) -> dict[str, tuple[Path, str]]:
    """Read names, configs and checkpoints from a CSV file with these columns."""
    with open(path, newline='', encoding='utf-8') as file:
        rows = list(csv.DictReader(file))
    absent = {'name', 'config', 'checkpoint'} - set(rows[0] if rows else ())
    if absent:
        raise ValueError(f'--models: {path} needs the columns name,config,checkpoint')
    return {row['name']: (Path(row['config']), row['checkpoint']) for row in rows}


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command."""
    parser = CommandParser(description=__doc__)
    parser.add_argument('--data-root', required=True, help='folder of COCO')
    parser.add_argument('--out', type=Path, default=Path('work_dirs/model_zoo'), help='folder')
    parser.add_argument('--perturbations', default='held-out', help='as of test --robustness')
    parser.add_argument('--severities', default='1,2,3,4,5', help='as of test --robustness')
    parser.add_argument('--models', type=Path, help='CSV file name,config,checkpoint; not the ten')
    args = parser.parse_args(argv)
    known = read_models(args.models) if args.models else known_models()
    runs = []
    for name in known if args.models else TEN:
        config, checkpoint = known[name]
        found = evaluate_robustness(
            config,
            checkpoint,
            args.out / name,
            perturbations=args.perturbations,
            severities=args.severities,
            data_root=args.data_root,
        )
        runs.append(replace(found, name=name))
        # Written after each model, so that a long night leaves what it finished.
        write_csv(args.out / 'leaderboard.csv', runs)
    print(args.out / 'leaderboard.csv')


if __name__ == '__main__':
    run(main)
