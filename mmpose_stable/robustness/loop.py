"""The test loop of a robustness run."""

import copy
import itertools
import shutil
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, nullcontext
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.dist import barrier, broadcast_object_list, get_rank, get_world_size, is_main_process
from mmengine.runner import BaseLoop
from mmpose.models.pose_estimators import BottomupPoseEstimator
from mmpose.registry import LOOPS
from torch import nn
from torch.utils.data import DataLoader
from tqdm import tqdm

from mmpose_stable.engine.fast_inference import fast_way
from mmpose_stable.engine.memory import keep_freed_memory
from mmpose_stable.engine.memory_format import can_run_channels_last, channels_last
from mmpose_stable.files import alone, check_writable
from mmpose_stable.model_parts import cropped_size, unwrapped
from mmpose_stable.perturbations.frost_texture import frost_pictures
from mmpose_stable.robustness import examples, intervals, provenance, results
from mmpose_stable.robustness.chunks import Chunk, ChunkStore, from_text
from mmpose_stable.robustness.copies import CopiesPipeline, build_dataset
from mmpose_stable.robustness.evaluators import evaluate_column, split_evaluator
from mmpose_stable.robustness.files import ResultFileError, write_columns, write_json
from mmpose_stable.robustness.maps import exposed_heatmaps
from mmpose_stable.robustness.measures import defined
from mmpose_stable.robustness.persons import Persons, follow, join_persons, tabulate
from mmpose_stable.robustness.predictions import PREDICTIONS_FILE, Predictions
from mmpose_stable.robustness.recorder import ChunkRecorder
from mmpose_stable.robustness.selection import select_cells


@LOOPS.register_module()
class RobustnessTestLoop(BaseLoop):
    """Test a 2D pose model on clean and perturbed pictures at once.

    Each picture is read and cropped once, perturbed in the data workers, and predicted together
    with its copies. Chunks of samples are dealt out to the processes and written to ``out_dir`` as
    they finish; at the end all metrics come from those files.

    Args:
        runner: The runner.
        dataloader: The config of the data loader.
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
        frost_folder: Photographs of frost to use in place of the drawn ice.
        report: Draw figures and a page of the result into ``out_dir``.
    """

    def __init__(
        self,
        runner: Any,
        dataloader: Mapping[str, Any],
        evaluator: Mapping[str, Any] | Sequence[Mapping[str, Any]],
        kinds: str | Sequence[str] = 'held-out',
        severities: str | Sequence[int] = (1, 2, 3, 4, 5),
        perturb_at: str | None = None,
        seed: int = 0,
        out_dir: str | None = None,
        resume: bool = False,
        chunk_size: int = 16,
        batch_size: int | None = None,
        frost_folder: str | None = None,
        report: bool = True,
    ) -> None:
        self.cells = select_cells(kinds, severities)
        self.on_cpu = next(runner.model.parameters()).device.type == 'cpu'
        self.num_workers = dataloader.get('num_workers', 0)
        if batch_size is None:
            own = dataloader.get('batch_size', 1)
            batch_size = min(own, 8) if self.on_cpu else own
        for name, value in (('chunk_size', chunk_size), ('batch_size', batch_size)):
            if not isinstance(value, int) or value < 1:
                raise ValueError(f'`test_cfg.{name}`: expected a positive integer, got {value!r}')
        dataset = build_dataset(dataloader['dataset'])
        # The runner and its hooks ask a loop for its loader's length.
        super().__init__(runner, DataLoader(dataset, batch_size=None))
        # Bottom-up and one-stage models predict all persons of a picture.
        self.whole = isinstance(unwrapped(runner.model), BottomupPoseEstimator)
        self.resume, self.report = resume, report
        self.out_dir = Path(out_dir or Path(runner.work_dir) / 'robustness')
        perturb_at = perturb_at or ('image' if self.whole else 'crop')
        steps = dataset.pipeline.transforms
        dataset.pipeline = CopiesPipeline(steps, self.cells, perturb_at, seed, frost_folder)
        self.metric, self.evaluator = split_evaluator(runner, evaluator, dataset.metainfo)
        if self.metric.person_score is not None and not self.whole:
            raise ValueError(
                '`person_score` of RobustnessMetric (--person-score): expected a model that finds '
                'all persons of a picture, got a top-down one, which predicts one for each box; '
                'leave it out'
            )
        self.sigmas = np.asarray(dataset.metainfo.get('sigmas', ()), float)
        count = dataset.metainfo['num_keypoints']
        if self.whole and len(self.sigmas) != count:
            raise ValueError(
                f'`test_dataloader.dataset.metainfo.sigmas`: expected {count} numbers, one a '
                f'keypoint, to match persons by, got {len(self.sigmas)}'
            )
        self.settings: dict[str, Any] = {
            'kinds': list(dict.fromkeys(cell.kind for cell in self.cells)),
            'severities': sorted({cell.severity for cell in self.cells}),
            'perturb_at': perturb_at,
            'seed': seed,
            'chunk_size': chunk_size,
            'batch_size': batch_size,
            'match_oks': self.metric.match_oks,
            'person_score': self.metric.person_score,
        }
        if frost_folder:
            # Read once here: the workers get them with the fork, and bad ones are found early.
            self.settings['frost'] = provenance.sha256(frost_pictures(frost_folder))

    def run(self) -> dict[str, float]:
        """Run what is not finished yet, write the results and return their means."""
        self.runner.call_hook('before_test')
        self.runner.call_hook('before_test_epoch')
        model = unwrapped(self.runner.model)
        model.eval()
        dataset = self.dataloader.dataset
        if self.on_cpu:
            keep_freed_memory()
        size, way = cropped_size(dataset.pipeline.transforms), fast_way(model)
        plain = self.on_cpu and way is None and size is not None
        fast = plain and can_run_channels_last(model, size)
        ways = {name: way == name for name in ('bfloat16', 'onnxruntime', 'int8')}
        settings = {**self.settings, 'channels_last': fast, **ways}
        description = provenance.describe_run(self.runner, model, dataset, settings)
        identity = provenance.identify_run(description)
        # What only reads predictions: a run goes on after it was changed.
        late = ('hashes.evaluator_config', 'settings.match_oks', 'settings.person_score')
        predicted = {name: value for name, value in identity.items() if name not in late}
        store = ChunkStore(self.out_dir / 'partial', predicted)
        with ExitStack() as held:
            opened: list[Any] = [None]
            if is_main_process():
                check_writable(self.out_dir / results.FILE_NAME, '--robustness-dir')
                held.enter_context(alone(self.out_dir))
                opened = [self._resumed(store, identity)]
            broadcast_object_list(opened)
            content = opened[0]
            if content is None:
                shown = nullcontext() if self.whole else exposed_heatmaps(model)
                with shown, channels_last(model) if fast else nullcontext():
                    count = self._predict(model, store)
                chunks = [store.read(number) for number in range(count)]
                content = self._conclude(chunks, description, provenance.hash_content(identity))
                barrier()
                if is_main_process():
                    shutil.rmtree(store.folder)
            if is_main_process():
                self._show(content)
        metrics = results.logged_metrics(content)
        self.runner.call_hook('after_test_epoch', metrics=metrics)
        self.runner.call_hook('after_test')
        return metrics

    def _resumed(self, store: ChunkStore, identity: Mapping[str, Any]) -> dict[str, Any] | None:
        """Check the chunks that are there; return the result where a finished run is resumed."""
        path = self.out_dir / results.FILE_NAME
        if self.resume and path.is_file():
            content = results.load_results(path)
            if content['fingerprint'] == provenance.hash_content(identity):
                shutil.rmtree(store.folder, ignore_errors=True)  # of a run killed at its end
                return content
            if not store.folder.is_dir():
                named = provenance.differences(identity, provenance.identify_run(content))
                raise ResultFileError(
                    f'{path} is the result of another run ({"; ".join(named)}); choose another '
                    'folder (--robustness-dir), or leave --resume out to replace it'
                )
        store.check(self.resume)
        return None

    def _predict(self, model: nn.Module, store: ChunkStore) -> int:
        """Compute this process's share of the missing chunks; return how many a run has."""
        dataset, settings = self.dataloader.dataset, self.settings
        indices, size = range(len(dataset)), settings['chunk_size']
        chunks = [indices[at : at + size] for at in indices[::size]]
        done = [number for number in range(len(chunks)) if store.path(number).is_file()]
        # No process may write before all have seen what is missing, or the deal would differ.
        barrier()
        waiting = [number for number in range(len(chunks)) if number not in done]
        mine = waiting[get_rank() :: get_world_size()]
        left = [index for number in mine for index in chunks[number]]
        shown = examples.choose_examples(len(dataset), self.cells, settings['seed'])
        workers = {'num_workers': self.num_workers, 'collate_fn': copy.copy}  # as it is
        stream = zip(left, DataLoader(dataset, None, sampler=left, **workers), strict=True)
        progress = tqdm(
            total=len(left), unit='sample', desc='robustness', disable=not is_main_process()
        )
        with progress:
            for number in mine:
                recorder = ChunkRecorder(
                    model, self.cells, settings['batch_size'], shown, self.whole
                )
                for index, sample in itertools.islice(stream, len(chunks[number])):
                    recorder.add(index, sample)
                    progress.update()
                store.write(number, recorder.finish())
        barrier()
        return len(chunks)

    def _conclude(
        self, chunks: Sequence[Chunk], description: Mapping[str, Any], fingerprint: str
    ) -> dict[str, Any]:
        """Compute the result in every process, write it in the main one, and return it.

        ``robustness.json`` is written last, and one of an earlier run is removed first: where it
        is, the other files are complete and of the same run.
        """
        truths = [from_text(text) for chunk in chunks for text in chunk.truths]
        persons = join_persons([chunk.persons for chunk in chunks])
        table = self._followed(persons, truths) if self.whole else tabulate(persons, truths)
        self._warn_of_nan(table)
        numbers = self.metric.compute_metrics([table])
        clean, cells = numbers['clean'], numbers['cells']
        progress = tqdm([clean, *cells], desc='metrics', disable=not is_main_process())
        for column, cell in enumerate(progress):
            own = evaluate_column(self.evaluator, persons, truths, column)
            cell['metrics'] = {name: defined(value) for name, value in own.items()}
        count_unlabelled = numbers['count_unlabelled']
        sums = intervals.sum_by_person(
            table,
            intervals.persons_of(self.dataloader.dataset, persons.image_id),
            table.counted(count_unlabelled),
        )
        content = {
            'fingerprint': fingerprint,
            **description,
            'settings': {**description['settings'], 'count_unlabelled': count_unlabelled},
            'model': {
                **description['model'],
                'heatmaps': table.has_maps,
                'input_size': table.input_size.tolist(),
                'heatmap_size': table.heatmap_size.tolist() if table.has_maps else None,
            },
            'units': results.UNITS,
            'clean': clean,
            'cells': cells,
            'summary': results.summarise(clean, cells),
            'intervals': intervals.describe_intervals(sums, table.cells),
        }
        if is_main_process():
            (self.out_dir / results.FILE_NAME).unlink(missing_ok=True)
            kept = examples.join_examples([chunk.examples for chunk in chunks])
            shown = examples.example_columns(kept, table)
            for name, schema, columns in (
                (PREDICTIONS_FILE, Predictions.SCHEMA, table.columns()),
                (intervals.PERSONS_FILE, intervals.SCHEMA, sums),
                (examples.EXAMPLES_FILE, examples.SCHEMA, shown),
            ):
                header = {'schema': schema, 'fingerprint': fingerprint}
                write_columns(self.out_dir / name, header, columns)
            write_json(self.out_dir / results.FILE_NAME, {'schema': results.SCHEMA, **content})
        return content

    def _followed(self, persons: Persons, truths: Sequence[Mapping[str, Any]]) -> Predictions:
        """Return the table of a model of whole pictures."""
        if self.metric.person_score is not None:
            persons = persons.above(self.metric.person_score)
        return follow(persons, truths, self.sigmas, self.metric.match_oks)

    def _warn_of_nan(self, table: Predictions) -> None:
        # Of whole pictures it is a person who was not found.
        unknown = 0 if self.whole else int(np.isnan(table.keypoints).any(-1).sum())
        if unknown and is_main_process():
            self.runner.logger.warning(
                f'{unknown} predicted keypoints are not finite numbers: they count as wrong, and '
                'as moved'
            )

    def _show(self, content: Mapping[str, Any]) -> None:
        """Draw the page of the run, and log its table."""
        # Only here: figures and pages import Matplotlib and Jinja.
        from mmpose_stable.robustness.report import Run, format_results, write_report

        if self.report:
            self.runner.logger.info(f'report: {write_report(self.out_dir)}')
        table = format_results(Run(content['model']['name'], content))
        self.runner.logger.info(f'{self.out_dir / results.FILE_NAME}\n{table}')
