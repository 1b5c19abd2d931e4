"""Time a robustness run beside what it replaces: one test pass for each perturbation.

Both sides are whole commands in fresh processes: start, model, data, predictions, metrics. The
usual pass is the same config with `PerturbImage` in its pipeline. A few of its 76 passes are run
and their mean taken for all; the robustness run covers all 75 perturbations. Both are run on a few
photographs of hands. The start of a command weighs less on a larger data set.
"""

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

REPO = Path(__file__).resolve().parents[2]
CONFIG = REPO / 'configs' / 'stable' / 'hands' / 'base.py'
SAMPLES = 48
PICTURES = 76  # of each photograph: one clean, and 15 kinds at 5 severities
# A cheap, a middling and a dear kind; the rest is extrapolated.
PASSES = (('clean', 0), ('brightness', 3), ('speckle_noise', 3), ('zoom_blur', 3))


class Cost(NamedTuple):
    """What a command took: wall and processor seconds, and MB of its process."""

    wall: float
    cpu: float
    memory: float


def run(cfg: Config, checkpoint: Path, work: Path, *flags: str) -> Cost:
    """Test a config in a fresh process."""
    work.mkdir(parents=True)
    cfg.dump(work / 'config.py')
    words = [str(work / 'config.py'), str(checkpoint), '--work-dir', str(work), *flags]
    with open(work / 'log.txt', 'wb') as log:
        start = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, str(REPO / 'tools' / 'test.py'), *words], stdout=log, stderr=log
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
    if status:
        raise SystemExit(f'the run in {work} failed:\n{(work / "log.txt").read_text()[-2000:]}')
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def usual_config(cfg: Config, kind: str, severity: int) -> Config:
    """Return the config with one perturbation behind `TopdownAffine`."""
    usual = Config(cfg.to_dict())
    if kind != 'clean':
        steps = usual.test_dataloader.dataset.pipeline
        behind = 1 + next(at for at, step in enumerate(steps) if step.type == 'TopdownAffine')
        steps.insert(behind, ConfigDict(type='PerturbImage', kind=kind, severity=severity))
    return usual


def prepare(folder: Path) -> tuple[Config, Path]:
    """Return the config with absolute data paths, and a checkpoint of random weights."""
    cfg = Config.fromfile(CONFIG)
    replace_data_root(cfg, str(REPO / cfg.data_root))
    cfg.test_dataloader.num_workers = 1
    cfg.test_dataloader.persistent_workers = False
    init_default_scope('mmpose')
    torch.manual_seed(0)
    model = MODELS.build(cfg.model)
    torch.save({'state_dict': model.state_dict(), 'meta': {}}, folder / 'random.pth')
    return cfg, folder / 'random.pth'


def main() -> None:
    """Run and print both sides."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        cfg, checkpoint = prepare(folder)
        cfg.test_dataloader.dataset.indices = SAMPLES
        passes = [
            run(usual_config(cfg, kind, severity), checkpoint, folder / kind)
            for kind, severity in tqdm(PASSES, desc='usual passes')
        ]
        ours = run(cfg, checkpoint, folder / 'run', '--robustness', '--perturbations', 'all')
    wall, cpu, memory = zip(*passes, strict=True)
    scale = PICTURES / len(PASSES)
    usual = Cost(scale * sum(wall), scale * sum(cpu), max(memory))
    print(f'{SAMPLES} photographs, {PICTURES} pictures each')
    for label, cost in (('usual passes', usual), ('robustness run', ours)):
        print(f'{label}: {cost.wall:.0f} s wall, {cost.cpu:.0f} s processor, {cost.memory:.0f} MB')
    print(f'ratio: {usual.wall / ours.wall:.1f} wall, {usual.cpu / ours.cpu:.1f} processor')


if __name__ == '__main__':
    main()
