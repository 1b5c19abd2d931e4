"""What every command has in common: ``--debug``, and one line for a mistake of its user."""

import argparse
import difflib
import inspect
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mmengine.registry
import mmpose.registry
from mmengine.registry import Registry

from mmpose_stable.compat.checkpoints import CheckpointError

# FloatingPointError: a training that diverged.
_OF_A_USER = (ValueError, OSError, ImportError, FloatingPointError, CheckpointError)
_REGISTRIES = [
    value
    for module in (mmengine.registry, mmpose.registry)
    for value in vars(module).values()
    if isinstance(value, Registry)
]


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
    said = str(error.args[0] if isinstance(error, KeyError) else error)
    if 'Original Traceback' in said:  # of a process that loads data: what it said comes last
        said = re.split(r'^[\w.]+: ', said, flags=re.MULTILINE)[-1]
    said = ' '.join(said.split())
    if found := re.search(r'(\w+) is not in the (?:\w+::)?([\w ]+) registry', said):
        of_kind = [registry for registry in _REGISTRIES if registry.name == found[2]]
        known = {name for registry in of_kind for name in registry.module_dict}
        return f'{found[0]}{_did_you_mean(found[1], known)}'
    if found := re.search(r"(\w+)\.__init__\(\) got an unexpected keyword argument '(\w+)'", said):
        owner, key = found.groups()
        known = _keys(owner)
        return f'`{owner}` has no setting {key!r}{_did_you_mean(key, known)}' if known else None
    # An absent file of labels is an AssertionError of MMPose.
    absent = re.search('Errno 2|does not exist', said)
    if not isinstance(error, _OF_A_USER) and not (absent and isinstance(error, AssertionError)):
        return None
    if absent and not re.match('(the )?config', said):
        said += '; if it belongs to the data, give their folder as `data_root` (--data-root)'
    return said


def _did_you_mean(name: str, known: set[str]) -> str:
    meant = difflib.get_close_matches(name, sorted(known), 1)
    return f'; did you mean {meant[0]!r}?' if meant else ''


def _keys(owner: str) -> set[str]:
    """Return the names of the arguments of a registered class and those it inherits from."""
    classes = {found for registry in _REGISTRIES if (found := registry.module_dict.get(owner))}
    return {
        name
        for found in classes
        for base in inspect.getmro(found)
        if base is not object
        for name in inspect.signature(base).parameters
    }
