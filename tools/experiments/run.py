"""Train and test the rows of the study that are missing, one training at a time.

Every step goes on where it was killed. `page.py` then makes the tables of docs/results.md.
"""

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

from mmengine.config import Config
from rows import ROWS, Row

from mmpose_stable.methods import apply_method
from mmpose_stable.stabilize.derived import plain, stabilized

ROOT = Path(__file__).resolve().parents[2]
LAST = 'iter_{}.pth'
# The label file of each part of each data set.
FILES = {
    'hands': {part: f'by_person/{part}.json' for part in ('train', 'dev', 'test')},
    'lsp': {'train': 'train.json', 'test': 'val.json'},
}


def compose(row: Row, data: Path, start: Path | None) -> Config:
    """Return the config that trains a row.

    Args:
        row: The row.
        data: Folder with ``images`` and the label files.
        start: Checkpoint that is stabilised; None trains from scratch.
    """
    cfg = Config.fromfile(ROOT / row.config)
    for loader in (cfg.train_dataloader, cfg.val_dataloader, cfg.test_dataloader):
        loader.dataset.data_root = str(data)
    cfg.train_dataloader.dataset.ann_file = FILES[row.data][row.pictures]
    if row.method and not row.control:
        cfg = apply_method(cfg, row.method)
    if start is not None:
        derived = plain if row.control else stabilized
        cfg = derived(cfg, start, updates=row.updates, labels=row.labels)
        if row.method and row.control:  # `plain` takes out what perturbs
            cfg = apply_method(cfg, row.method)
    else:
        _set_length(cfg, row.updates)
    cfg.merge_from_dict(dict(row.changes))
    return cfg


def _set_length(cfg: Config, updates: int) -> None:
    """Shorten or lengthen a training and its learning rate's steps, in place."""
    share = updates / cfg.train_cfg.max_iters
    cfg.train_cfg.max_iters = updates
    for schedule in cfg.param_scheduler:
        schedule.end = round(share * schedule.end)
        if 'milestones' in schedule:
            schedule.milestones = [round(share * at) for at in schedule.milestones]


def run_row(name: str, seed: int, part: str, data: Path, folder: Path) -> None:
    """Train one seed of a row, as far as that is not done, and test it on a part of the data."""
    row = ROWS[name]
    work = folder / name / f'seed_{seed}'
    results = work / part
    checkpoint = work / LAST.format(row.updates)
    config = work / 'config.py'
    if not checkpoint.is_file():
        start = None
        if row.start:
            start = folder / row.start / f'seed_{seed}' / LAST.format(ROWS[row.start].updates)
            if not start.is_file():
                sys.exit(f'{name}: it starts from {start}; run the row {row.start!r} first')
        work.mkdir(parents=True, exist_ok=True)
        compose(row, data, start).dump(config)
        _command('train.py', config, '--resume', '--no-validate', '--seed', seed, work_dir=work)
    _command(
        'test.py',
        config,
        checkpoint,
        '--robustness',
        '--resume',
        '--robustness-dir',
        results,
        '--cfg-options',
        f'test_dataloader.dataset.ann_file={FILES[row.data][part]}',
        work_dir=results,
    )


def _result(name: str, seed: int, part: str, folder: Path) -> bool:
    return (folder / name / f'seed_{seed}' / part / 'robustness.json').is_file()


def _command(script: str, *words: object, work_dir: Path) -> None:
    """Run a command of `tools/` with its output in `log.txt`."""
    command = [sys.executable, str(ROOT / 'tools' / script), *map(str, words)]
    command += ['--work-dir', str(work_dir)]
    work_dir.mkdir(parents=True, exist_ok=True)
    with (work_dir / 'log.txt').open('a') as log:
        done = subprocess.run(command, stdout=log, stderr=log, cwd=ROOT, check=False)
    if done.returncode:
        sys.exit(f'{script} failed; the reason is at the end of {log.name}')


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--data', type=Path, default='../shared/data/hands_sign_digits')
    parser.add_argument(
        '--lsp', type=Path, help='folder that tools/converters/lsp_to_coco.py wrote; it has no dev'
    )
    parser.add_argument('--work-dir', type=Path, default='work_dirs/experiments')
    parser.add_argument('--part', choices=['dev', 'test'], default='dev', help='part to test on')
    parser.add_argument('--only', nargs='+', choices=ROWS, default=list(ROWS), help='rows to run')
    parser.add_argument('--seeds', type=int, default=5, help='at most so many seeds of each row')
    args = parser.parse_args()
    folders = {'hands': args.data, 'lsp': args.lsp}
    for data, folder in folders.items():
        if folder and not (folder / FILES[data]['train']).is_file():
            parser.error(f'expected {FILES[data]["train"]} in the folder of {data}, got {folder}')
    runs = [
        (name, seed)
        for seed in range(args.seeds)
        for name in args.only
        if seed < ROWS[name].seeds
        and folders[ROWS[name].data]
        and args.part in FILES[ROWS[name].data]
    ]
    os.environ.setdefault('OMP_NUM_THREADS', '1')
    folder = args.work_dir.resolve()
    missing = [(name, seed) for name, seed in runs if not _result(name, seed, args.part, folder)]
    print(f'{len(runs) - len(missing)} of {len(runs)} runs are done', flush=True)
    began, passes = time.monotonic(), 0
    for done, (name, seed) in enumerate(missing, 1):
        run_row(name, seed, args.part, folders[ROWS[name].data].resolve(), folder)
        passes += ROWS[name].own_passes
        hours = (time.monotonic() - began) / 3600
        left = hours / passes * sum(ROWS[other].own_passes for other, _ in missing[done:])
        print(f'{name} seed {seed}: done; {len(missing) - done} left, {left:.1f} h', flush=True)


if __name__ == '__main__':
    main()
