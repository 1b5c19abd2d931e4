"""Ground truth of a sample as text, so that a resumed run need not read its picture again.

A data set's evaluators want what ``PackPoseInputs`` packed: nested dictionaries of numbers, text
and arrays. They are kept as JSON, not pickled, because a result folder may come from elsewhere.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import torch
from mmengine.structures import BaseDataElement

_TAG = '__type__'


def to_text(sample: Any) -> str:
    """Return the JSON text of a nested structure."""
    return json.dumps(_encode(sample))


def from_text(text: str) -> Any:
    """Return the structure of :func:`to_text`: same values, array types and nesting."""
    return _decode(json.loads(text))


def _encode(value: Any) -> Any:
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, BaseDataElement):
        value = value.to_dict()
    if isinstance(value, torch.Tensor):
        value = value.detach().cpu().numpy()
    if isinstance(value, np.generic):
        return {_TAG: 'scalar', 'dtype': value.dtype.str, 'data': value.item()}
    if isinstance(value, np.ndarray) and value.dtype != object:
        return {
            _TAG: 'array',
            'dtype': value.dtype.str,
            'shape': value.shape,
            'data': value.ravel().tolist(),
        }
    if isinstance(value, list):
        return [_encode(item) for item in value]
    if isinstance(value, tuple):
        return {_TAG: 'tuple', 'data': [_encode(item) for item in value]}
    if isinstance(value, dict):
        return {_TAG: 'dict', 'data': [[_encode(k), _encode(v)] for k, v in value.items()]}
    raise TypeError(
        'the robustness run cannot keep a ground truth of type '
        f'{type(value).__name__}; leave it out of `meta_keys` of `PackPoseInputs`'
    )


def _decode(value: Any) -> Any:
    if isinstance(value, list):
        return [_decode(item) for item in value]
    if not isinstance(value, dict):
        return value
    kind, data = value[_TAG], value['data']
    if kind == 'scalar':
        return np.dtype(value['dtype']).type(data)
    if kind == 'array':
        return np.array(data, np.dtype(value['dtype'])).reshape(value['shape'])
    items = [_decode(item) for item in data]
    return tuple(items) if kind == 'tuple' else dict(items)
