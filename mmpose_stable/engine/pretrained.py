"""Pretrained weights that may be out of reach."""

import logging
from collections.abc import Mapping
from typing import Any
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

    Only a failed download is forgiven: a missing local file, an address that its server does not
    know and a file of which nothing fits stay errors. Initialisers listed before this one in
    ``init_cfg`` decide what a module without pretrained weights looks like.
    """

    def __call__(self, module: nn.Module) -> None:
        """Load ``checkpoint`` into the module."""
        try:
            content = CheckpointLoader.load_checkpoint(self.checkpoint, map_location='cpu')
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
                "`init_cfg.type='Pretrained'` stops here instead",
                logger='current',
                level=logging.WARNING,
            )
            return
        if not fitting_weights(module, content, self.prefix):
            found, expected = list(content.get('state_dict', content)), list(module.state_dict())
            raise ValueError(
                f'`init_cfg.checkpoint={self.checkpoint!r}` has no weight of this '
                f'{type(module).__name__}: it has {found[:3]} and others, expected '
                f'{expected[:3]} and others; name a checkpoint of this backbone, or its `prefix` '
                'in the file'
            )
        super().__call__(module)
        # MMEngine and MMPose know pretrained weights by this entry alone, and initialise again what
        # has any other one: the parts, and what the backbone itself sets afterwards.
        module.init_cfg = {'type': 'Pretrained', 'checkpoint': self.checkpoint}
        for part in module.modules():
            if part is not module and hasattr(part, 'init_weights'):
                part.is_init = True


def fitting_weights(
    module: nn.Module, content: Mapping[str, Any], prefix: str | None = None
) -> list[str]:
    """Return the names of a module's weights that a checkpoint has, in their shapes."""
    start = prefix.rstrip('.') + '.' if prefix else ''
    shapes = {
        name.removeprefix('module.'): getattr(value, 'shape', None)
        for name, value in content.get('state_dict', content).items()
    }
    own = module.state_dict()
    return [name for name, value in own.items() if shapes.get(start + name) == value.shape]
