"""The robustness command as one call, for notebooks and scripts."""

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
        cfg_options: Settings that replace those of the config, with dots for nesting. They are
            numbers, truth values, texts without spaces, and lists and tuples of these.
        options: Further options of the command, with ``_`` for ``-``: ``severities='1,3'``,
            ``fast=True``. None and False leave an option out.

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

    folder = Path(options.get('robustness_dir') or Path(work_dir) / 'robustness')
    options |= {'work_dir': work_dir, 'robustness_dir': folder, 'robustness': True}
    words = [str(config), str(checkpoint)]
    for name, value in {**options, 'resume': resume}.items():
        option = f'--{name.replace("_", "-")}'
        # A seed of 0 equals False and is given all the same.
        if value is not None and value is not False:
            words.append(option if value is True else f'{option}={value}')
    if cfg_options:
        words += ['--cfg-options', *(f'{key}={value}' for key, value in cfg_options.items())]
    said = io.StringIO()
    try:
        # A parser of command lines prints and exits, which would end a notebook.
        with contextlib.redirect_stderr(said):
            read = parse_args(words).cfg_options or {}
    except SystemExit as error:
        raise ValueError(said.getvalue().strip().splitlines()[-1]) from error
    for key, value in (cfg_options or {}).items():
        if read[key] != value:
            raise ValueError(
                f'cfg_options: expected numbers, truth values, texts without spaces, and lists and '
                f'tuples of these, got {key}={value!r}, which the command reads as {read[key]!r}; '
                'set it in a config file'
            )
    main(words)
    return load_run(folder)
