"""What every command has in common: ``--debug``, and one line for a mistake of its user."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mmpose_stable.compat.checkpoints import CheckpointError

_OF_A_USER = (ValueError, OSError, ImportError, CheckpointError)
# A setting that does not exist, in the words of MMEngine and Python.
_WRONG_SETTING = r'is not in the .* registry|__init__\(\) got an unexpected keyword argument'


class CommandParser(argparse.ArgumentParser):
    """A parser with ``--debug``, which :func:`run` looks for."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.add_argument('--debug', action='store_true', help='show the traceback of an error')


def run(main: Callable[[], Any]) -> None:
    """Run a command; an error of its user becomes one line and exit code 2.

    With ``--debug``, or if the user did not cause the error, it stays a traceback.
    """
    debug = '--debug' in sys.argv
    try:
        main()
    except Exception as error:
        said = None if debug else explain(error)
        if said is None:
            raise
        name = Path(sys.argv[0]).stem
        print(f'{name}: error: {said} (--debug shows the traceback)', file=sys.stderr)
        sys.exit(2)


def explain(error: Exception) -> str | None:
    """Return in one line what a user has to change, or None if the program is at fault."""
    said = ' '.join(str(error.args[0] if isinstance(error, KeyError) else error).split())
    if re.search(_WRONG_SETTING, said):
        return said
    # An absent file of labels is an AssertionError of MMPose.
    absent = re.search('Errno 2|does not exist', said)
    if not isinstance(error, _OF_A_USER) and not (absent and isinstance(error, AssertionError)):
        return None
    if absent and not re.match('(the )?config', said):
        said += '; if it belongs to the data, give their folder as `data_root` (--data-root)'
    return said
