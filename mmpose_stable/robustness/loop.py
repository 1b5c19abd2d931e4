"""The test loop of a robustness run."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path
from typing import Any

from mmengine.dist import barrier, broadcast_object_list, get_rank, get_world_size, is_main_process
from mmengine.evaluator import Evaluator
from mmengine.runner import BaseLoop
from mmpose.models.pose_estimators import BottomupPoseEstimator
from mmpose.registry import LOOPS
from torch import nn
from torch.utils.data import DataLoader
from tqdm import tqdm

from mmpose_stable.engine.fast_inference import fast_way
from mmpose_stable.engine.memory import keep_freed_memory
from mmpose_stable.engine.memory_format import can_run_channels_last, channels_last
from mmpose_stable.files import BusyError, alone, check_writable
from mmpose_stable.model_parts import cropped_size, unwrapped
from mmpose_stable.perturbations.frost_texture import frost_pictures
from mmpose_stable.robustness import results
from mmpose_stable.robustness.chunks import ChunkStore
from mmpose_stable.robustness.conclusion import conclude
from mmpose_stable.robustness.copies import add_copies, build_dataset, iterate_copies
from mmpose_stable.robustness.evaluators import split_evaluator, try_metrics
from mmpose_stable.robustness.examples import choose_examples
from mmpose_stable.robustness.files import ResultFileError
from mmpose_stable.robustness.picture_recorder import PictureRecorder
from mmpose_stable.robustness.provenance import (
    describe_run,
    differences,
    hash_arrays,
    hash_content,
    identify_predictions,
    identify_run,
)
from mmpose_stable.robustness.recorder import ChunkRecorder
from mmpose_stable.robustness.score_maps import exposed_heatmaps
from mmpose_stable.robustness.selection import select_cells
from mmpose_stable.robustness.terminal import format_results

EXAMPLES = 12


@LOOPS.register_module()
class RobustnessTestLoop(BaseLoop):
    """Test a 2D pose model on clean and perturbed pictures at once.

    Each picture is read and cropped once, perturbed in the data workers, and predicted together
    with its copies. Chunks of samples are dealt out to the processes and written to ``out_dir`` as
    they finish; at the end all metrics come from those files.

    Args:
        runner: The runner.
        dataloader: The config of the data loader, or a loader (its data set is used).
        evaluator: The data set's metrics and one :class:`RobustnessMetric`.
        kinds: ``held-out`` (the paper's five), ``train`` (its ten), ``all``, or names.
        severities: Severities, 1 to 5.
        perturb_at: ``crop``, the network's input (the paper), or ``image``, the whole picture
            (COCO-C). By default ``crop`` for top-down models and ``image`` for others, which have
            no crop.
        seed: Seed of the perturbations and of the choice of examples.
        out_dir: Where results go, on a disk that all processes see; by default ``robustness`` in
            the runner's ``work_dir``.
        resume: Go on with the finished chunks found in ``out_dir``.
        chunk_size: Samples in a chunk. A killed run repeats at most this many a process.
        batch_size: Pictures in a forward pass; by default the data loader's, and at most 8 on a
            CPU, where the activations of more pictures fall out of the cache.
        channel_order: ``bgr``, or ``rgb`` where a pipeline of your own loads RGB.
        frost_folder: Photographs of frost to use in place of the drawn ice.
        fp16: Predict in autocast, as MMEngine's test loop does.
        report: Draw figures and a page of the result into ``out_dir``.
    """

    def __init__(
        self,
        runner: Any,
        dataloader: DataLoader | Mapping[str, Any],
        evaluator: Evaluator | Mapping[str, Any] | Sequence[Mapping[str, Any]],
        kinds: str | Sequence[str] = 'held-out',
        severities: str | Sequence[int] = (1, 2, 3, 4, 5),
        perturb_at: str | None = None,
        seed: int = 0,
        out_dir: str | None = None,
        resume: bool = False,
        chunk_size: int = 16,
        batch_size: int | None = None,
        channel_order: str = 'bgr',
        frost_folder: str | None = None,
        fp16: bool = False,
        report: bool = True,
    ) -> None:
        self.cells = select_cells(kinds, severities)
        if isinstance(dataloader, DataLoader):
            dataset = dataloader.dataset
            own_batch, self.num_workers = dataloader.batch_size, dataloader.num_workers
        else:
            dataset = build_dataset(dataloader['dataset'])
            # As PyTorch's loader has them, which MMEngine hands the settings to.
            own_batch = dataloader.get('batch_size', 1)
            self.num_workers = dataloader.get('num_workers', 0)
        if hasattr(dataset, 'full_init'):
            dataset.full_init()
        for name, value in (('chunk_size', chunk_size), ('batch_size', batch_size or own_batch)):
            if not isinstance(value, int) or value < 1:
                raise ValueError(f'`test_cfg.{name}`: expected a positive integer, got {value!r}')
        if not len(dataset):
            raise ValueError('`test_dataloader.dataset` has no sample: no person is labelled in it')
        # The runner and its hooks ask a loop for its loader's length.
        super().__init__(runner, DataLoader(dataset, batch_size=None))
        self.on_cpu = next(runner.model.parameters()).device.type == 'cpu'
        self.batch_size = batch_size or (min(own_batch, 8) if self.on_cpu else own_batch)
        # Bottom-up and one-stage models predict all persons of a picture.
        self.whole = isinstance(unwrapped(runner.model), BottomupPoseEstimator)
        self.perturb_at = perturb_at or ('image' if self.whole else 'crop')
        self.channel_order, self.seed = channel_order, seed
        self.chunk_size, self.resume, self.fp16 = chunk_size, resume, fp16
        self.report = report
        self.out_dir = Path(out_dir or Path(runner.work_dir) / 'robustness')
        # Read once here: the workers get them with the fork, and bad ones are found before work.
        self.frost = {'frost': hash_arrays(frost_pictures(frost_folder))} if frost_folder else {}
        add_copies(
            dataset,
            self.whole,
            cells=self.cells,
            perturb_at=self.perturb_at,
            seed=seed,
            channel_order=channel_order,
            frost_folder=frost_folder,
        )
        self.metric, self.evaluator = split_evaluator(runner, evaluator, dataset.metainfo)

    def settings(self) -> dict[str, Any]:
        """Return the settings of the loop and its metric that decide the numbers."""
        return {
            'kinds': list(dict.fromkeys(cell.kind for cell in self.cells)),
            'severities': sorted({cell.severity for cell in self.cells}),
            'perturb_at': self.perturb_at,
            'seed': self.seed,
            'chunk_size': self.chunk_size,
            'batch_size': self.batch_size,
            'channel_order': self.channel_order,
            'fp16': self.fp16,
            **self.frost,
            **self.metric.settings(),
        }

    def run(self) -> dict[str, float]:
        """Run what is not finished yet, write the results and return their means."""
        self.runner.call_hook('before_test')
        self.runner.call_hook('before_test_epoch')
        model = unwrapped(self.runner.model)
        model.eval()
        dataset = self.dataloader.dataset
        if self.on_cpu:
            keep_freed_memory()
        size = cropped_size(dataset.pipeline.transforms)
        in_own_way = fast_way(model) is not None or size is None
        fast = self.on_cpu and not in_own_way and can_run_channels_last(model, size)
        settings = {
            **self.settings(),
            'channels_last': fast,
            'bfloat16': fast_way(model) == 'bfloat16',
            'onnxruntime': fast_way(model) == 'onnxruntime',
        }
        description = describe_run(self.runner, model, dataset, settings)
        identity = identify_run(description)
        store = ChunkStore(self.out_dir / 'partial', identify_predictions(identity))
        with self._prepared(store, identity) as content:
            if content is None:
                shown = nullcontext() if self.whole else exposed_heatmaps(model)
                with shown, channels_last(model) if fast else nullcontext():
                    count = self._predict(model, store)
                chunks = [store.read(number) for number in range(count)]
                content = conclude(
                    self.out_dir,
                    hash_content(identity),
                    description,
                    chunks,
                    self.metric,
                    self.evaluator,
                    dataset,
                )
                barrier()
                if is_main_process():
                    store.remove()
            if self.report and is_main_process():
                # Only here: figures and pages import Matplotlib and Jinja.
                from mmpose_stable.robustness.report import write_report

                self.runner.logger.info(f'report: {write_report(self.out_dir)}')
        self.runner.logger.info(f'{self.out_dir / results.FILE_NAME}\n{format_results(content)}')
        metrics = results.logged_metrics(content, self.metric.prefix)
        self.runner.call_hook('after_test_epoch', metrics=metrics)
        self.runner.call_hook('after_test')
        return metrics

    @contextmanager
    def _prepared(
        self, store: ChunkStore, identity: Mapping[str, Any]
    ) -> Iterator[dict[str, Any] | None]:
        """Open the folder in the main process, and keep other runs out of it inside the block.

        All processes fail if that fails. The block gets the result, where a finished run is
        resumed, else None.
        """
        answer: list[Any] = [None]
        with ExitStack() as held:
            if is_main_process():
                try:
                    check_writable(self.out_dir / results.FILE_NAME, '--robustness-dir')
                    held.enter_context(alone(self.out_dir))
                    answer = [self._open(store, identity)]
                except BusyError as error:
                    advice = 'wait for it, or choose another folder (--robustness-dir)'
                    answer = [ResultFileError(f'{error}; {advice}')]
                except (ValueError, OSError) as error:
                    answer = [error]
            broadcast_object_list(answer)
            if isinstance(answer[0], Exception):
                raise answer[0]
            yield answer[0]

    def _open(self, store: ChunkStore, identity: Mapping[str, Any]) -> dict[str, Any] | None:
        path = self.out_dir / results.FILE_NAME
        if self.resume and path.is_file() and not store.folder.is_dir():
            content = results.load_results(path)
            if content['fingerprint'] != hash_content(identity):
                differing = differences(identity, identify_run(content))
                # A result has what 'auto' came to: no difference, unless it is the only one.
                auto = [line for line in differing if line.endswith(" 'auto' here")]
                named = [line for line in differing if line not in auto] or auto
                raise ResultFileError(
                    f'{path} is the result of another run ({"; ".join(named)}); choose another '
                    'folder (--robustness-dir), or leave --resume out to replace it'
                )
            store.remove()
            return content
        store.open(self.resume)
        return None

    def _predict(self, model: nn.Module, store: ChunkStore) -> int:
        """Compute this process's share of the missing chunks; return how many a run has."""
        dataset = self.dataloader.dataset
        chunks = [
            range(start, min(start + self.chunk_size, len(dataset)))
            for start in range(0, len(dataset), self.chunk_size)
        ]
        done = store.finished(len(chunks))
        # No process may write before all have seen what is missing, or the deal would differ.
        barrier()
        for number in done:
            store.read(number)
        waiting = [number for number in range(len(chunks)) if number not in done]
        mine = waiting[get_rank() :: get_world_size()]
        indices = [index for number in mine for index in chunks[number]]
        stream = iterate_copies(dataset, indices, self.num_workers)
        examples = choose_examples(len(dataset), self.cells, self.seed, EXAMPLES)
        progress = tqdm(
            total=len(indices) * (len(self.cells) + 1),
            unit='picture',
            desc='robustness',
            disable=not is_main_process(),
        )
        with progress:
            for number in mine:
                recorder = (PictureRecorder if self.whole else ChunkRecorder)(
                    model,
                    self.cells,
                    self.batch_size,
                    self.metric.spread_count,
                    examples,
                    self.fp16,
                )
                for index, sample in itertools.islice(stream, len(chunks[number])):
                    progress.update(recorder.add(index, sample))
                predictions, completed = recorder.finish()
                progress.update(completed)
                if recorder.not_finite:
                    self.runner.logger.warning(
                        f'{recorder.not_finite} predicted keypoints in chunk {number} are not '
                        'finite numbers: they count as wrong, and as moved'
                    )
                store.write(number, predictions, recorder.truths, recorder.examples)
                if number == 0 and get_world_size() == 1:  # metrics gather among all processes
                    try_metrics(self.evaluator, predictions, recorder.truths, self.runner.logger)
        barrier()
        return len(chunks)
