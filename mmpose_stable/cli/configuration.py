"""Changes that the command line makes to a config in memory; the file stays as it is."""

import argparse
import difflib
import inspect
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config, ConfigDict, DictAction
from mmengine.runner import Runner

from mmpose_stable.config_parts import read_config, replace_data_root, type_name
from mmpose_stable.files import check_writable
from mmpose_stable.methods import METHODS, apply_method

# What MMEngine reads of a config without a parameter of the runner by that name.
_READ_BY_RUNNER = {'model_wrapper_cfg', 'find_unused_parameters', 'sync_bn', 'compile'}


def add_common_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options that training and testing share, under MMPose's names."""
    parser.add_argument(
        '--work-dir',
        help="folder for logs, checkpoints and results (default: the config's `work_dir`, or its "
        'path below `configs` in `work_dirs`; with `--method`, the name of the method is added)',
    )
    add_config_changes(parser)
    parser.add_argument(
        '--show-dir',
        help='draw predictions. A test draws into this folder. A training draws the predictions of '
        'its validations into vis_data in the work folder',
    )
    parser.add_argument(
        '--launcher',
        choices=['none', 'pytorch', 'slurm'],
        default='none',
        help='what starts the processes, if there are several (default: none)',
    )


def add_method(parser: argparse.ArgumentParser) -> None:
    """Add ``--method``."""
    parser.add_argument(
        '--method',
        choices=METHODS,
        help='train with a method that makes keypoints move less, such as augment or rhm',
    )


def add_config_changes(parser: argparse.ArgumentParser) -> None:
    """Add ``--data-root`` and ``--cfg-options``."""
    parser.add_argument(
        '--data-root', help="folder of the data; it replaces the config's `data_root` in every path"
    )
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=_KeyValue,
        help='settings that replace those of the config and of the method, as key=value with dots '
        'for nesting',
    )


class _KeyValue(DictAction):
    """MMEngine's action, with an error that says what it expected."""

    def __call__(self, parser: Any, namespace: Any, values: Any, option: Any = None) -> None:
        for text in values:
            if '=' not in text:
                parser.error(f'{option}: expected key=value, got {text!r}')
        super().__call__(parser, namespace, values, option)


def load_config(args: argparse.Namespace) -> Config:
    """Read the config of a command and apply ``--data-root``, ``--method`` and ``--cfg-options``.

    Options come last, so that they also change what the method sets.
    """
    cfg = read_config(args.config)
    options = dict(args.cfg_options or {})
    data_root = args.data_root or options.pop('data_root', None)
    if data_root is not None:
        replace_data_root(cfg, data_root)
    if getattr(args, 'method', None):
        cfg = apply_method(cfg, args.method)
    check_spelling(cfg, options)
    cfg.merge_from_dict(options)
    return cfg


def load_run_config(args: argparse.Namespace) -> Config:
    """Read the config of a training or a test and apply the common options."""
    cfg = load_config(args)
    cfg.launcher = args.launcher
    if args.launcher == 'pytorch' and not torch.cuda.is_available():
        use_processors(cfg)
    # A method trains beside the plain training, whose checkpoints it would replace.
    method = f'_{args.method}' if getattr(args, 'method', None) else ''
    usual = cfg.get('work_dir') or default_work_dir(cfg.filename)
    cfg.work_dir = args.work_dir or f'{usual}{method}'
    check_writable(Path(cfg.work_dir, 'run.log'), '--work-dir')
    if args.show_dir:
        hook = cfg.setdefault('default_hooks', ConfigDict()).setdefault(
            'visualization', ConfigDict(type='PoseVisualizationHook')
        )
        # The hook takes a relative path as below a folder with the time in its name.
        hook.update(enable=True, interval=1, out_dir=str(Path(args.show_dir).resolve()))
    return cfg


def default_work_dir(config: str) -> str:
    """Return ``work_dirs/`` and the config's path below the last folder named ``configs``.

    In ``configs/stable`` every data set has a ``base.py``, so the name alone would not do.
    """
    parts = Path(config).resolve().with_suffix('').parts
    below = len(parts) - parts[::-1].index('configs') if 'configs' in parts else -1
    return Path('work_dirs', *parts[below:]).as_posix()


def check_spelling(cfg: Config, options: Mapping[str, Any]) -> None:
    """Raise where a key of an option is unknown and close to a known one beside it.

    A key that resembles no known one is allowed, because configs have variables of their own. What
    has a ``type`` refuses unknown keys itself.
    """
    of_runner = {*inspect.signature(Runner).parameters, *_READ_BY_RUNNER}
    for option in options:
        part: Any = cfg
        for key in option.split('.'):
            if isinstance(part, (list, tuple)) and key.isdecimal() and int(key) < len(part):
                part = part[int(key)]
                continue
            if not isinstance(part, (Config, Mapping)):
                break
            known = {*part.keys(), *(of_runner if part is cfg else ())}
            new = key not in known and 'type' not in part
            if new and (meant := difflib.get_close_matches(key, known, 1, cutoff=0.85)):
                raise ValueError(
                    f'--cfg-options {option}: the config has no key {key!r} there; did you mean '
                    f'{meant[0]!r}?'
                )
            part = part.get(key)


def add_hook(cfg: Config, hook: Mapping[str, Any]) -> None:
    """Append a hook in place, instead of one of its type that a config from a work folder has."""
    others = [one for one in cfg.get('custom_hooks') or [] if type_name(one) != hook['type']]
    cfg.custom_hooks = [*others, hook]


def use_processors(cfg: Config) -> None:
    """Let the processes of torchrun work together on a machine without a GPU, in place.

    MMEngine would choose a GPU for each process, whatever the backend is. It does not do so if the
    process group exists already and the config names the wrapper.
    """
    if not torch.distributed.is_initialized():
        torch.distributed.init_process_group('gloo')
    cfg.setdefault(
        'model_wrapper_cfg',
        {
            'type': 'MMDistributedDataParallel',
            'device_ids': None,
            'broadcast_buffers': False,
            'find_unused_parameters': cfg.get('find_unused_parameters', False),
        },
    )


def use_amp(cfg: Config) -> None:
    """Train in mixed precision: float16 with loss scaling on a GPU, bfloat16 on a CPU."""
    kind = type_name(cfg.optim_wrapper)
    known = ('OptimWrapper', 'AmpOptimWrapper', 'CPUAmpOptimWrapper')
    if kind and kind not in known:
        raise ValueError(f'--amp needs `optim_wrapper.type` to be one of {known}, got {kind!r}')
    if torch.cuda.is_available():
        cfg.optim_wrapper.type = 'AmpOptimWrapper'
        cfg.optim_wrapper.setdefault('loss_scale', 'dynamic')
    else:
        cfg.optim_wrapper.type = 'CPUAmpOptimWrapper'
        for key in ('loss_scale', 'dtype'):
            cfg.optim_wrapper.pop(key, None)
