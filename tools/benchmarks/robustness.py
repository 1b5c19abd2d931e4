"""Time a robustness run beside what it replaces: one test pass for each perturbation.

Both sides are whole commands in fresh processes: start, model, data, predictions, metrics. The
usual pass is the same config with a perturbation in its pipeline: that of imagecorruptions-imaug
with --imagecorruptions, else `PerturbImage`. A few of its 76 passes are run and their mean taken
for all; the robustness run covers all 75 perturbations. Both are run on two numbers of samples, and
a straight line through them gives the time on a whole data set.

    tools/benchmarks/robustness.py
    tools/benchmarks/robustness.py CONFIG --data-root FOLDER --samples 16 48 --extrapolate 600

Without a config it takes the baseline on the photographs of hands that come with the repository.

With --memory it runs no usual pass: it shows the peak memory of robustness runs on each of
--samples.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import torch
from mmengine.config import Config, ConfigDict
from mmengine.registry import init_default_scope
from mmpose.registry import MODELS
from tqdm import tqdm

import mmpose_stable  # noqa: F401  registers the package
from mmpose_stable.config_parts import replace_data_root
from mmpose_stable.robustness import cli, load_results

REPO = Path(__file__).resolve().parents[2]
HANDS_CONFIG = REPO / 'configs' / 'stable' / 'hands' / 'base.py'
# A cheap, a middling and a dear kind; the rest is extrapolated.
PASSES = (('clean', 0), ('brightness', 3), ('speckle_noise', 3), ('zoom_blur', 3))
OURS = REPO / 'tools' / 'test.py'
OTHERS = Path(__file__).with_name('imagecorruptions_pass.py')


class Cost(NamedTuple):
    """What a command took: wall and processor seconds, and MB of its largest process."""

    wall: float
    cpu: float
    memory: float


def run(
    cfg: Config, checkpoint: Path, work: Path, threads: int, *flags: str, script: Path = OURS
) -> Cost:
    """Run a test command on a config in a fresh process."""
    work.mkdir(parents=True)
    cfg.dump(work / 'config.py')
    names = ('OMP_NUM_THREADS', 'MKL_NUM_THREADS', 'OPENBLAS_NUM_THREADS')
    environment = {**os.environ, **dict.fromkeys(names, str(threads))}
    words = [str(work / 'config.py'), str(checkpoint), '--work-dir', str(work)]
    words += ['--out', str(work / 'metrics.json'), *flags]
    with open(work / 'log.txt', 'wb') as log:
        start = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, str(script), *words], env=environment, stdout=log, stderr=log
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
    if status:
        raise SystemExit(f'the run in {work} failed:\n{(work / "log.txt").read_text()[-2000:]}')
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def usual_config(cfg: Config, transform: str, kind: str, severity: int) -> Config:
    """Return the config with one perturbation behind `TopdownAffine`."""
    usual = Config(cfg.to_dict())
    if kind != 'clean':
        steps = usual.test_dataloader.dataset.pipeline
        behind = 1 + next(at for at, step in enumerate(steps) if step.type == 'TopdownAffine')
        steps.insert(behind, ConfigDict(type=transform, kind=kind, severity=severity))
    return usual


def robustness_config(cfg: Config, words: list[str]) -> Config:
    """Return the config as the --robustness options change it."""
    parser = argparse.ArgumentParser()
    cli.add_arguments(parser)
    return cli.apply(cfg, parser.parse_args(['--robustness', *words]))


def largest_difference(folder: Path, result: dict) -> float:
    """Return by how much the data set's metrics of usual passes and robustness run differ."""
    worst = 0.0
    for cell in [result['clean'], *result['cells']]:
        path = folder / f'{cell["kind"]}_{cell["severity"]}' / 'metrics.json'
        if path.is_file():
            usual = json.loads(path.read_text())
            worst = max(worst, *(abs(usual[name] - cell['metrics'][name]) for name in usual))
    return worst


def parse_args() -> argparse.Namespace:
    """Return the options."""
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('config', nargs='?', help='config of a 2D top-down model')
    parser.add_argument('--checkpoint', help='its weights; random ones without')
    parser.add_argument('--data-root', help="folder of the data, instead of the config's")
    parser.add_argument('--samples', type=int, nargs='+', default=[16, 48])
    parser.add_argument('--extrapolate', type=int, default=600, help='samples of the whole set')
    parser.add_argument('--perturbations', default='all', help='kinds of the robustness run')
    parser.add_argument('--severities', default='1,2,3,4,5')
    parser.add_argument('--input-size', type=int, help='square input of another size (MSRAHeatmap)')
    parser.add_argument('--threads', type=int, default=1, help='threads of each process')
    parser.add_argument('--workers', type=int, default=1, help='data workers of each process')
    parser.add_argument(
        '--imagecorruptions', action='store_true', help='usual passes perturb with that package'
    )
    parser.add_argument('--fast', action='store_true', help='accelerate the robustness run')
    parser.add_argument('--memory', action='store_true', help='only peak memory, no usual pass')
    return parser.parse_args()


def prepare(args: argparse.Namespace, folder: Path) -> tuple[Config, Path]:
    """Return the config with absolute data paths, and the checkpoint or one of random weights."""
    cfg = Config.fromfile(args.config or HANDS_CONFIG)
    root = args.data_root or (REPO / cfg.data_root if args.config is None else None)
    if root:
        replace_data_root(cfg, str(Path(root).resolve()))
    cfg.test_dataloader.num_workers = args.workers
    cfg.test_dataloader.persistent_workers = False
    if args.input_size:
        cfg.model.head.decoder.input_size = (args.input_size, args.input_size)
        cfg.model.head.decoder.heatmap_size = (args.input_size // 4, args.input_size // 4)
        for step in cfg.test_dataloader.dataset.pipeline:
            if step.type == 'TopdownAffine':
                step.input_size = (args.input_size, args.input_size)
    if args.checkpoint:
        return cfg, Path(args.checkpoint).resolve()
    init_default_scope('mmpose')
    torch.manual_seed(0)
    model = MODELS.build(cfg.model)
    torch.save({'state_dict': model.state_dict(), 'meta': {}}, folder / 'random.pth')
    return cfg, folder / 'random.pth'


def main() -> None:
    """Run and print both sides."""
    args = parse_args()
    robustness_words = ['--perturbations', args.perturbations, '--severities', args.severities]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        cfg, checkpoint = prepare(args, folder)
        passes = [] if args.memory else PASSES
        transform, script = (
            ('CorruptImage', OTHERS) if args.imagecorruptions else ('PerturbImage', OURS)
        )
        progress = tqdm(total=len(args.samples) * (len(passes) + 1), desc='commands')
        rows = []
        for samples in args.samples:
            cfg.test_dataloader.dataset.indices = samples
            costs = []
            for kind, severity in passes:
                work = folder / str(samples) / f'{kind}_{severity}'
                usual = usual_config(cfg, transform, kind, severity)
                costs.append(run(usual, checkpoint, work, args.threads, script=script))
                progress.update()
            work = folder / str(samples) / 'run'
            flags = ['--fast'] if args.fast else []
            changed = robustness_config(cfg, robustness_words)
            ours = run(changed, checkpoint, work, args.threads, *flags)
            progress.update()
            result = load_results(work / 'robustness')
            difference = largest_difference(folder / str(samples), result)
            rows.append((samples, costs, ours, len(result['cells']) + 1, difference))
        progress.close()
    print(
        f'{Path(args.config or HANDS_CONFIG).stem}, {checkpoint.name}, '
        f'{"fast" if args.fast else "plain"} robustness run, '
        f'{args.threads} thread(s) and {args.workers} worker(s) a command, {os.cpu_count()} cores, '
        f'load {os.getloadavg()[0]:.1f}'
    )
    report(rows, args)


def report(rows: list[tuple], args: argparse.Namespace) -> None:
    """Print one line for each number of samples, and the extrapolation."""
    totals = []
    for samples, costs, ours, columns, difference in rows:
        print(f'{samples} samples, {columns} pictures each')
        print(
            f'  robustness run: {ours.wall:.1f} s wall, {ours.cpu:.1f} s processor, '
            f'{ours.memory:.0f} MB; {ours.wall / columns:.2f} s wall a cell'
        )
        if not costs:
            continue
        wall = columns * sum(cost.wall for cost in costs) / len(costs)
        cpu = columns * sum(cost.cpu for cost in costs) / len(costs)
        totals.append((samples, (wall, ours.wall), (cpu, ours.cpu)))
        print(
            f'  usual passes: {wall:.1f} s wall, {cpu:.1f} s processor for {columns} '
            f'(mean of {len(costs)} times {columns}); {wall / columns:.2f} s wall a cell, '
            f'largest {max(cost.memory for cost in costs):.0f} MB'
        )
        print(
            f'  ratio: {wall / ours.wall:.2f} in wall time, {cpu / ours.cpu:.2f} in processor '
            f'time; metrics differ by at most {difference:.2g}'
        )
    if len(totals) > 1:
        (first, *few), (last, *many) = totals[0], totals[-1]
        for label, low, high in zip(('wall', 'processor'), few, many, strict=True):
            slopes = [(b - a) / (last - first) for a, b in zip(low, high, strict=True)]
            if min(slopes) <= 0:
                print(f'{label} time is not extrapolated: it fell with more samples (busy machine)')
                continue
            usual, ours = (
                a + slope * (args.extrapolate - first) for a, slope in zip(low, slopes, strict=True)
            )
            print(
                f'extrapolated to {args.extrapolate} samples, {label} time: {usual / 60:.0f} min '
                f'against {ours / 60:.0f} min, ratio {usual / ours:.2f}'
            )


if __name__ == '__main__':
    main()
