"""MMEngine's runner with a console for what its user can act on."""

import logging
from collections.abc import Mapping
from typing import Any

from mmengine.logging import MessageHub, MMLogger
from mmengine.runner import Runner
from mmpose.registry import OPTIMIZERS

# How messages begin that only describe the run, or what MMEngine calls inside itself.
_FOR_THE_FILE = (
    '\n' + '-' * 60 + '\nSystem environment:',
    'Config:\n',
    'Hooks will be executed',
    '"FileClient" will be deprecated',
    '"HardDiskBackend" is the alias',
)


class CommandRunner(Runner):
    """Describe the run in the log file alone, and share nothing with another run.

    MMEngine keeps one logger and one memory a name, which ends in the second of the start. Two runs
    of one process in one second would share them.
    """

    def build_optim_wrapper(self, optim_wrapper: Any) -> Any:
        """Build it as MMEngine does, which calls an unknown optimizer None."""
        optimizer = optim_wrapper.get('optimizer') if isinstance(optim_wrapper, Mapping) else None
        kind = optimizer.get('type') if isinstance(optimizer, Mapping) else None
        if isinstance(kind, str) and OPTIMIZERS.get(kind) is None:
            raise KeyError(f'{kind} is not in the optimizer registry')
        return super().build_optim_wrapper(optim_wrapper)

    def build_message_hub(self, message_hub: dict | None = None) -> MessageHub:
        """Build the memory of this run anew."""
        MessageHub._instance_dict.pop(self._experiment_name, None)
        return super().build_message_hub(message_hub)

    def build_logger(self, *args: Any, **kwargs: Any) -> MMLogger:
        """Build MMEngine's logger, with a filter before the console."""
        MMLogger._instance_dict.pop(self._experiment_name, None)
        logger = super().build_logger(*args, **kwargs)
        for handler in logger.handlers:
            if not isinstance(handler, logging.FileHandler):
                handler.addFilter(lambda record: not record.getMessage().startswith(_FOR_THE_FILE))
        return logger
