"""Both ways in which a config of MMEngine names what it builds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def type_name(config: Mapping[str, Any]) -> str:
    """Return the name of a config's ``type``, which may be a text or, in newer configs, a class."""
    kind = config['type']
    return kind if isinstance(kind, str) else kind.__name__
