"""Models from a config file and a checkpoint, which have to fit together."""

from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from mmengine.runner.checkpoint import CheckpointLoader
from torch import nn

from mmpose_stable.config_parts import read_config
from mmpose_stable.model_parts import decoder_of, pose_head


def load_model(config: str | Path, checkpoint: str | Path, device: str) -> nn.Module:
    """Build a model from a config file and load a checkpoint.

    Raises:
        ValueError: The config has no test pipeline, or as :func:`load_weights`.
    """
    from mmpose.apis import init_model  # with its inferencers and visualizers, so only here

    if device.startswith('cuda') and not torch.cuda.is_available():
        raise ValueError(f'--device: got {device!r}, but PyTorch finds no GPU; give cpu')
    check_checkpoint(str(checkpoint), 'checkpoint')
    model = init_model(read_config(config), str(checkpoint), device=device)
    if not (model.cfg.get('test_dataloader') or {}).get('dataset', {}).get('pipeline'):
        raise ValueError(f'config: {config} has no `test_dataloader.dataset.pipeline`')
    load_weights(model, str(checkpoint), str(config))
    return model


def check_checkpoint(checkpoint: str, key: str) -> None:
    """Raise where a checkpoint is neither a file nor an address."""
    if '://' not in checkpoint and not Path(checkpoint).is_file():
        raise ValueError(f'{key}: expected a checkpoint file, got {checkpoint!r}')


def load_weights(model: nn.Module, checkpoint: str, config: str) -> None:
    """Load a checkpoint that has all weights of a model; more, such as of a teacher, do not matter.

    MMEngine would leave absent weights random and only log it.

    Raises:
        ValueError: The checkpoint lacks weights of the model or has them in other shapes, or was
            trained with another head or codec.
    """
    check_checkpoint(checkpoint, 'checkpoint')
    content = CheckpointLoader.load_checkpoint(checkpoint, 'cpu')
    trained, own = (content.get('meta') or {}).get('head'), head_name(model)
    if trained not in (None, own):
        raise ValueError(
            f'checkpoint: {checkpoint} was trained with {trained}, {config} has {own}, which '
            'would read its maps wrongly; take the config in the work folder of the training'
        )
    load_state(model, content, checkpoint, config)


def head_name(model: nn.Module) -> str:
    """Return the types of a model's head and codec, which decide what its weights mean."""
    codec = decoder_of(model)
    codec = getattr(codec, 'codec', codec)  # inside of `--decoder`
    return f'{type(pose_head(getattr(model, "head", None))).__name__} with {type(codec).__name__}'


def load_state(model: nn.Module, content: dict[str, Any], checkpoint: str, config: str) -> None:
    """Load the content of a checkpoint as :func:`load_weights` loads its file."""
    given = content.get('state_dict', content)
    # Checkpoints of distributed training carry the wrapper's name.
    state = OrderedDict((name.removeprefix('module.'), value) for name, value in given.items())
    # The versions of the modules: without them MMPose renames the weights of some heads.
    state._metadata = OrderedDict(
        (name.removeprefix('module').removeprefix('.'), value)
        for name, value in getattr(given, '_metadata', {}).items()
    )
    try:
        missing = model.load_state_dict(state, strict=False).missing_keys
    except RuntimeError as error:
        _, first, *others = str(error).splitlines()
        more = f' ({len(others)} more)' if others else ''
        raise ValueError(
            f'checkpoint: {checkpoint} does not fit {config}: {first.strip()}{more}'
        ) from error
    missing = [name for name in missing if not name.endswith('num_batches_tracked')]
    if missing:
        raise ValueError(
            f'checkpoint: {checkpoint} lacks {len(missing)} weights of the model in {config}, '
            f'the first of them {missing[0]!r}; is it of another config?'
        )


def keypoint_names(model: nn.Module) -> list[str]:
    """Return the names of the keypoints that a model predicts, in their order.

    Those that ``model.test_cfg.output_keypoint_indices`` selects, where it does.
    """
    by_id = model.dataset_meta['keypoint_id2name']
    names = [by_id[at] for at in sorted(by_id)]
    selected = (model.test_cfg or {}).get('output_keypoint_indices')
    return names if selected is None else [names[at] for at in selected]


def skeleton_links(model: nn.Module, names: Sequence[str]) -> list[tuple[int, int]]:
    """Return which keypoints a model's data set joins, as pairs of positions in ``names``."""
    by_id = model.dataset_meta['keypoint_id2name']
    pairs = ([by_id[end] for end in link] for link in model.dataset_meta.get('skeleton_links', ()))
    at = {name: place for place, name in enumerate(names)}
    return [(at[a], at[b]) for a, b in pairs if a in at and b in at]
