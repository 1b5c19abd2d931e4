"""Pretrained weights that may be out of reach."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from urllib.error import HTTPError, URLError

from mmengine.dist import barrier, get_rank
from mmengine.logging import print_log
from mmengine.model import PretrainedInit
from mmengine.registry import WEIGHT_INITIALIZERS
from mmengine.runner import CheckpointLoader
from torch import nn


@WEIGHT_INITIALIZERS.register_module()
class PretrainedIfAvailable(PretrainedInit):
    """Load pretrained weights; where they cannot be downloaded, warn and leave the module as it is.

    For machines without the network. Only a failed download is forgiven: a missing local file or an
    address that its server does not know stays an error, and so is a file of which nothing fits
    (MMEngine alone would load nothing and say so in the log). Use MMEngine's ``Pretrained`` to stop
    instead. Initialisers listed before this one in ``init_cfg`` decide what a module without
    pretrained weights looks like.

    Raises:
        ValueError: When called: the checkpoint has none of the module's weights.
    """

    def __call__(self, module: nn.Module) -> None:
        """Load ``checkpoint`` into the module."""
        try:
            super().__call__(module)
            self._check_fits(module)
        except (URLError, ConnectionError, TimeoutError) as error:
            if isinstance(error, HTTPError) and error.code < 500:
                raise  # the server answered that there is no such file
            if get_rank() == 0:
                # The other processes wait in `load_from_http` until the first one has downloaded,
                # and then fail by themselves.
                barrier()
            print_log(
                f'pretrained weights {self.checkpoint} could not be downloaded ({error}): '
                f'{type(module).__name__} STARTS FROM SCRATCH, unless a checkpoint is loaded next. '
                'Scores of pretrained models are out of reach this way; use '
                "`init_cfg.type='Pretrained'` to stop here instead",
                logger='current',
                level=logging.WARNING,
            )

    def _check_fits(self, module: nn.Module) -> None:
        weights = CheckpointLoader.load_checkpoint(self.checkpoint, map_location='cpu')
        weights = weights.get('state_dict', weights)
        start = self.prefix.rstrip('.') + '.' if self.prefix else ''
        shapes = {
            name.removeprefix('module.'): getattr(value, 'shape', None)
            for name, value in weights.items()
        }
        own = module.state_dict()
        if not any(shapes.get(start + name) == value.shape for name, value in own.items()):
            raise ValueError(
                f'`init_cfg.checkpoint={self.checkpoint!r}` has no weight of this '
                f'{type(module).__name__}: it has {_some(shapes)}, expected {_some(own)}; name a '
                'checkpoint of this backbone, or its `prefix` in the file'
            )


def _some(names: Iterable[str]) -> str:
    return ', '.join(list(names)[:3]) + ', ...'
