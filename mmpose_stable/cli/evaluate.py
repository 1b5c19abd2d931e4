"""The robustness command as one call, for notebooks and scripts."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmpose_stable.cli.test import parse_args, run_test

if TYPE_CHECKING:
    from mmpose_stable.robustness.report import Run


def evaluate_robustness(
    config: str | Path,
    checkpoint: str | Path,
    work_dir: str | Path,
    *,
    resume: bool = True,
    cfg_options: Mapping[str, Any] | None = None,
    **options: Any,
) -> 'Run':
    """Test a 2D model of MMPose on clean and perturbed pictures, as ``test --robustness`` does.

    Args:
        config: Config file, or one of MMPose's own as ``mmpose::folder/name.py``.
        checkpoint: File or address.
        work_dir: Folder for logs; the results go to ``robustness`` in it.
        resume: Take a finished run from its folder, or go on with one that was killed.
        cfg_options: Settings that replace those of the config, with dots for nesting.
        options: Further options of the command, with ``_`` for ``-``: ``severities='1,3'``,
            ``fast=True``. None leaves an option out.

    Returns:
        ``content`` holds ``robustness.json``: ``run.content['summary']['overall']['r']`` is R in
        input pixels squared, ``run.content['intervals']`` its interval; ``run.cells`` has every
        (kind, severity). ``report.format_comparison([run])`` is the table.

    Raises:
        ValueError: An option does not exist or does not make sense.
    """
    from mmpose_stable.robustness.report import load_run  # only here: it imports Matplotlib

    folder = Path(options.get('robustness_dir') or Path(work_dir) / 'robustness')
    given = {**options, 'work_dir': str(work_dir), 'robustness_dir': str(folder), 'resume': resume}
    args = parse_args([str(config), str(checkpoint), '--robustness'])
    if unknown := sorted(given.keys() - vars(args).keys()):
        raise ValueError(f'expected options of {sorted(vars(args))}, got {", ".join(unknown)}')
    vars(args).update(given, cfg_options=cfg_options)
    run_test(args)
    return load_run(folder)
