"""What a training takes over from the checkpoint that it starts from."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mmengine.hooks import Hook
from mmengine.runner import Runner, find_latest_checkpoint
from mmpose.registry import HOOKS

from mmpose_stable.engine.pretrained import fitting_weights
from mmpose_stable.model_files import head_name, load_state
from mmpose_stable.model_parts import unwrapped


@HOOKS.register_module()
class StartCheckpointHook(Hook):
    """Check the checkpoint of ``resume`` or ``load_from``, and let go of files of other folders.

    A resumed checkpoint remembers which checkpoints its run wrote, and MMEngine deletes these as
    better or newer ones come. In another work folder they are the files of another run. Every
    checkpoint that is saved names its head and codec.

    Args:
        partial: Whether ``load_from`` may lack weights of the model or have them in other shapes.
    """

    def __init__(self, partial: bool = False) -> None:
        self.partial = partial

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict[str, Any]) -> None:
        """Check the checkpoint and forget files that this run did not write, in place."""
        source = runner._load_from or find_latest_checkpoint(runner.work_dir)
        if runner._resume:
            schedule = [] if runner.param_schedulers is None else ['param_schedulers']
            check_resumable(checkpoint, source, ['meta', 'message_hub', 'optimizer', *schedule])
            check_optimizer(checkpoint['optimizer'], runner.optim_wrapper.state_dict(), source)
            forget_other_folders(runner, checkpoint['message_hub']['runtime_info'], source)
            done = checkpoint['meta'].get('iter', 0)
            if done >= runner.max_iters:
                runner.logger.warning(
                    f'{source} has all {done} updates of this training, so nothing is left to do; '
                    'to train longer, raise `train_cfg.max_iters` or `max_epochs`'
                )
        model, config = unwrapped(runner.model), runner.cfg.filename or 'the config'
        if runner._resume or not self.partial:
            load_state(model, checkpoint, source, config)
            return
        known, needed = len(fitting_weights(model, checkpoint)), len(model.state_dict())
        if not known:
            raise ValueError(f'checkpoint: {source} has no weight of the model in {config}')
        runner.logger.warning(f'{known} of {needed} weights of the model are loaded from {source}')

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict[str, Any]) -> None:
        """Note the head and the codec: weights fit others, which would read them wrongly."""
        checkpoint['meta']['head'] = head_name(unwrapped(runner.model))


def check_resumable(checkpoint: dict[str, Any], source: str, needed: Sequence[str]) -> None:
    """Raise where a training cannot go on as if it had not stopped."""
    absent = [key for key in needed if key not in checkpoint]
    if not absent:
        return
    steps = {
        int(found[1]): path
        for path in Path(source).parent.glob('*.pth')
        if (found := re.fullmatch(r'(?:iter|epoch)_(\d+)\.pth', path.name))
    }
    instead = f'take {steps[max(steps)]}' if steps else 'take an iter_N.pth or epoch_N.pth'
    raise ValueError(
        f'--resume: {source} lacks {", ".join(absent)}, so that training would begin anew with its '
        f'weights; {instead}, or give the file as `load_from` if that is meant'
    )


def check_optimizer(stored: dict[str, Any], own: dict[str, Any], source: str) -> None:
    """Raise where a checkpoint is of an optimizer of another type than the training's.

    A newer torch may know more settings of the same type than the file has, but never fewer.
    """
    groups = (each.get('param_groups') or [{}] for each in (stored, own))
    first, second = (set(several[0]) for several in groups)
    gone, lacking = sorted(first - second), sorted(second - first)
    if gone and lacking:
        raise ValueError(
            f'--resume: {source} is of an optimizer with {", ".join(gone)}, and '
            f'`optim_wrapper.optimizer` has {", ".join(lacking)} in their place; take the type of '
            'optimizer that it was trained with, or give the file as `load_from`'
        )


def forget_other_folders(runner: Runner, remembered: dict[str, Any], source: str) -> None:
    """Remove from a resumed memory the checkpoints that are not this work folder's, in place.

    The best score stays, for the training goes on: only a better checkpoint is saved as the best.
    """

    def is_own(path: str) -> bool:
        return Path(path).resolve().parent == Path(runner.work_dir).resolve()

    # A relative path is another one where the process started elsewhere; the source tells.
    whole = is_own(source) and is_own(remembered.get('last_ckpt') or source)
    if not whole:
        remembered.pop('keep_ckpt_ids', None)
    for key in [key for key in remembered if key.startswith('best_ckpt')]:
        path = remembered[key]
        if path and not (whole and is_own(path)):
            del remembered[key]
            runner.logger.warning(
                f'The best checkpoint so far, {path}, belongs to another run and stays where it '
                'is; this run saves one of its own when it is better'
            )
