"""The unpickler builds plain data and nothing else."""

import copyreg
import io
import os
import pickle
import re
from collections import Counter, OrderedDict

import numpy as np
import pytest
import torch
from forged_pickles import Call
from mmengine.logging import HistoryBuffer

from mmpose_stable.compat import safe_pickle
from mmpose_stable.compat.safe_pickle import UnsafePickleError


def loads(data: bytes):
    return safe_pickle.load(io.BytesIO(data), encoding='utf-8')


@pytest.mark.parametrize(
    'value',
    [
        None,
        {'a': [1, 2.5, (True, 'text')], 3: b'\x00\xffbytes'},
        OrderedDict(b=1, a=2),
        Counter({5: 2}),
        {1, 2},
        frozenset({3}),
        1 + 2j,
        torch.Size([2, 3]),
        torch.float16,
        torch.device('cpu'),
    ],
    ids=repr,
)
def test_plain_data_comes_back(value):
    back = loads(pickle.dumps(value, protocol=2))
    assert back == value
    assert type(back) is type(value)


@pytest.mark.parametrize('protocol', [0, 2, 4])
@pytest.mark.parametrize('module', [b'numpy.core.multiarray', b'numpy._core.multiarray'])
@pytest.mark.parametrize(
    'array',
    [
        np.arange(6.0).reshape(2, 3),
        np.asfortranarray(np.arange(6, dtype=np.int32).reshape(2, 3)),
        np.array([1.5, -2], dtype='>f4'),
        np.array(['knee', 'ankle_left']),
        np.array([b'x', b'yz']),
        np.array([True, False]),
        np.zeros((0, 3), np.float16),
        np.array(7, dtype=np.uint8),
        *(np.float64(0.25), np.float32(-1), np.int64(7), np.bool_(True), np.str_('hip')),
    ],
    ids=lambda array: f'{array.dtype.str}{array.shape}',
)
def test_an_array_or_scalar_of_numpy_1_or_2_comes_back_as_from_pickle(array, module, protocol):
    data = pickle.dumps(array, protocol=protocol)
    reference = pickle.loads(data)
    if protocol < 4:  # without the lengths of names
        data = re.sub(rb'numpy\._?core\.multiarray', module, data)
    back = loads(data)
    assert type(back) is type(reference)
    assert back.dtype == reference.dtype
    assert back.shape == array.shape
    assert back.flags.f_contiguous == reference.flags.f_contiguous
    assert np.array_equal(back, array)


def test_a_log_history_is_rebuilt_with_its_values_counts_and_statistics():
    history = HistoryBuffer([1.0, 2.0, 6.0], [1, 1, 2], max_length=50)
    data = pickle.dumps(history, protocol=2)
    assert b'getattr' in data  # what PyTorch refuses
    back = loads(data)
    assert [part.tolist() for part in back.data] == [[1.0, 2.0, 6.0], [1, 1, 2]]
    assert back.max_length == 50
    assert back.statistics('mean') == history.statistics('mean') == 9 / 4
    back.update(3.0)
    assert back.current() == 3.0


@pytest.mark.parametrize(
    'value',
    [torch.nn.BatchNorm2d(2).state_dict(), {'p': torch.nn.Parameter(torch.ones(3), False)}],
    ids=['state dict', 'parameter'],
)
def test_tensors_and_module_versions_load_through_torch(value):
    buffer = io.BytesIO()
    torch.save(value, buffer)
    buffer.seek(0)
    back = torch.load(buffer, pickle_module=safe_pickle, weights_only=False)
    assert getattr(back, '_metadata', None) == getattr(value, '_metadata', None)
    for name in value:
        assert type(back[name]) is type(value[name])
        assert torch.equal(back[name], value[name])


@pytest.mark.parametrize(
    ('value', 'name'),
    [
        (Call(os.getenv, 'HOME'), 'os.getenv'),
        (Call(eval, '1'), 'builtin.*eval'),
        (Call(exec, '1'), 'builtin.*exec'),
        (Call(getattr, HistoryBuffer, '__init__'), 'getattr'),
        (Call(getattr, torch.Size, 'mean'), 'getattr'),
        (Call(torch.load, 'x'), 'torch.serialization.load'),
        (Call(torch.storage._load_from_bytes, b''), '_load_from_bytes'),
        (Call(np.load, 'x'), 'numpy'),
        (torch.nn.Linear, 'torch.nn'),
        (np.array([1, 'a'], dtype=object), "NumPy type 'O8'"),
        (np.zeros(1, dtype=[('a', 'f8')]), "NumPy type 'V8'"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
@pytest.mark.parametrize('protocol', [2, 4])
def test_anything_else_is_refused_by_name(value, name, protocol):
    data = pickle.dumps(value, protocol=protocol)
    with pytest.raises(UnsafePickleError, match=name):
        loads(data)


@pytest.mark.parametrize(
    'data',
    [
        b"(S'exit 0'\nios\nsystem\n.",  # INST
        b"(cos\nsystem\nS'exit 0'\no.",  # OBJ
        b'\x80\x04\x8c\x02os\x8c\x06system\x93.',  # STACK_GLOBAL
        # STACK_GLOBAL with a path of attributes through an allowed class
        b'\x80\x04\x8c\x1fmmengine.logging.history_buffer\x8c\x22HistoryBuffer.__init__.__globals__\x93.',
    ],
    ids=['inst', 'obj', 'stack_global', 'dotted'],
)
def test_every_instruction_that_names_a_global_is_closed(data):
    pickle.loads(data)
    with pytest.raises(UnsafePickleError, match=r'os\.system|__globals__'):
        loads(data)


def test_the_extension_registry_is_closed():
    copyreg.add_extension('posix', 'getpid', 240)
    try:
        data = b'\x80\x02\x82\xf0)R.'
        assert pickle.loads(data) == os.getpid()  # fills the cache, which asks no find_class
        with pytest.raises(UnsafePickleError, match='extension 240'):
            loads(data)
    finally:
        copyreg.remove_extension('posix', 'getpid', 240)


class ForgedArray:
    """An array with a list in place of its bytes."""

    def __reduce__(self):
        build, arguments, state = np.zeros(1, np.uint8).__reduce__()
        return build, arguments, (*state[:-1], [1])


@pytest.mark.parametrize(
    ('data', 'reason'),
    [
        (
            b'\x80\x02cmmengine.logging.history_buffer\nHistoryBuffer\nN}X\x04\0\0\0meanNs\x86b.',
            'the state of a type',
        ),
        (
            b'\x80\x02ctorch._utils\n_rebuild_tensor_v2\nN}X\x0c\0\0\0__defaults__)s\x86b.',
            'the state of a function',
        ),
        (
            b'\x80\x02ccollections\nOrderedDict\n)R}X\x04\0\0\0copycbuiltins\nset\nsb.',
            r"OrderedDict with the attributes \['copy'\]",
        ),
        (b'\x80\x02c_codecs\nencode\nX\x01\0\0\0aX\x05\0\0\0rot13\x86R.', 'rot13'),
        (pickle.dumps(ForgedArray(), protocol=2), 'array of objects'),
    ],
)
def test_no_state_but_that_of_data_is_set(data, reason):
    mean, defaults = HistoryBuffer.mean, torch._utils._rebuild_tensor_v2.__defaults__
    with pytest.raises(UnsafePickleError, match=reason):
        loads(data)
    assert HistoryBuffer.mean is mean
    assert torch._utils._rebuild_tensor_v2.__defaults__ is defaults is not None


def test_an_array_of_numbers_cannot_be_turned_into_objects():
    numbers = pickle.dumps(np.array([1.0]), protocol=2)
    flags = b'K\x00t'  # the last number of the state of a NumPy type, which marks pointers
    assert flags in numbers
    back = loads(numbers.replace(flags, b'K?t'))
    assert not back.dtype.hasobject
    assert back.tolist() == [1.0]


def test_what_is_no_pickle_is_an_unpickling_error():
    with pytest.raises(pickle.UnpicklingError, match='0x3c'):
        loads(b'<!DOCTYPE html>')
