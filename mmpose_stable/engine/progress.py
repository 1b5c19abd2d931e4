"""A progress bar of a training that counts updates."""

from typing import Any

from mmengine.dist import is_main_process
from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmpose.registry import HOOKS
from tqdm import tqdm


@HOOKS.register_module()
class ProgressHook(Hook):
    """Show how many updates are done, how long the others take, and the last loss."""

    priority = 'VERY_LOW'

    def __init__(self, title: str = 'training') -> None:
        self.title = title

    def before_train_epoch(self, runner: Runner) -> None:
        """Open the bar where the training starts or goes on; its data is at hand by then."""
        self.bar = tqdm(
            total=runner.max_iters,
            initial=runner.iter,
            desc=self.title,
            unit='update',
            disable=not is_main_process(),
        )

    def after_train_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: Any = None,
        outputs: dict[str, Any] | None = None,
    ) -> None:
        """Move on by one."""
        self.bar.set_postfix(loss=f'{outputs["loss"].item():.4g}', refresh=False)
        self.bar.update()

    def after_train_epoch(self, runner: Runner) -> None:
        """Close the bar."""
        self.bar.close()
