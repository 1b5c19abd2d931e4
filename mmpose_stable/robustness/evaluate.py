"""The robustness command as one call, for notebooks and scripts."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mmpose_stable.robustness.report import Run


def evaluate_robustness(
    config: str | Path,
    checkpoint: str | Path,
    work_dir: str | Path,
    *,
    perturbations: str = 'held-out',
    severities: str = '1,2,3,4,5',
    data_root: str | Path | None = None,
    fast: bool = False,
    resume: bool = True,
    cfg_options: Mapping[str, Any] | None = None,
    options: Mapping[str, Any] | None = None,
) -> Run:
    """Test a 2D model of MMPose on clean and perturbed pictures, as ``test --robustness`` does.

    Args:
        config: Config file, or one of MMPose's own as ``mmpose::folder/name.py``.
        checkpoint: File or address.
        work_dir: Folder for logs; the results go to ``robustness`` in it.
        perturbations: As ``--perturbations``.
        severities: Numbers 1 to 5 joined by commas.
        data_root: Folder of the test data, where it is not the config's.
        fast: As ``--fast``.
        resume: Take a finished run from ``work_dir``, or go on with one that was killed.
        cfg_options: Settings that replace those of the config, with dots for nesting.
        options: Further options of the command by their names, as ``{'perturb-at': 'image'}``.

    Returns:
        ``content`` holds ``robustness.json``: ``run.content['summary']['overall']['r']`` is R in
        input pixels squared, ``run.content['intervals']`` its interval; ``run.cells`` has every
        (kind, severity). ``report.format_comparison([run])`` is the table.

    Raises:
        ValueError: An option does not exist or does not make sense; the message is the command's.
    """
    # Only here: the command imports this package, and reports import Matplotlib.
    from mmpose_stable.cli.test import main, parse_args
    from mmpose_stable.robustness.report import load_run

    folder = Path(work_dir) / 'robustness'
    given = {'work-dir': work_dir, 'robustness-dir': folder, 'data-root': data_root}
    given |= {'perturbations': perturbations, 'severities': severities, **(options or {})}
    words = [str(config), str(checkpoint), '--robustness']
    words += [f'--{name}={value}' for name, value in given.items() if value is not None]
    words += ['--fast'] * fast + ['--resume'] * resume
    if cfg_options:
        words += ['--cfg-options', *(f'{key}={value}' for key, value in cfg_options.items())]
    said = io.StringIO()
    try:
        # A parser of command lines prints and exits, which would end a notebook.
        with contextlib.redirect_stderr(said):
            parse_args(words)
    except SystemExit as error:
        raise ValueError(said.getvalue().strip().splitlines()[-1]) from error
    main(words)
    return load_run(folder)
