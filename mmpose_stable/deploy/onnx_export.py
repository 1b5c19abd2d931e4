"""Export of a top-down pose estimator to ONNX: pictures in, keypoints out."""

from __future__ import annotations

import importlib
import json
import logging
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.model import ImgDataPreprocessor
from mmpose.codecs import MSRAHeatmap, SimCCLabel, UDPHeatmap
from mmpose.models.heads import HeatmapHead, RTMCCHead, SimCCHead
from mmpose.models.pose_estimators import TopdownPoseEstimator
from torch import Tensor, nn

from mmpose_stable.codecs.composite_localization import decode_composite
from mmpose_stable.codecs.hd_heatmap import HDHeatmap
from mmpose_stable.data_preprocessors.views import ViewsDataPreprocessor
from mmpose_stable.deploy.torch_decoders import decode_msra, decode_simcc, decode_udp_gaussian
from mmpose_stable.files import whole_file
from mmpose_stable.heads.composite_base import CompositeHead
from mmpose_stable.heads.rcc_head import RCCHead
from mmpose_stable.version import __version__

# Fixed, so that every PyTorch writes the same operators; runtimes since 2023 have them.
OPSET = 18
INPUT, OUTPUTS, SIMCC_OUTPUTS = 'images', ('keypoints', 'scores'), ('simcc_x', 'simcc_y')
# Fixed in rtmlib's RTMPose.
RTMLIB_SPLIT_RATIO = 2.0
SUPPORTED = (
    'CLHead and CLHourglassHead; RCCHead and HeatmapHead with a decoder HDHeatmap, '
    "MSRAHeatmap(unbiased=False) or UDPHeatmap(heatmap_type='gaussian'); SimCCHead and RTMCCHead "
    'with a decoder SimCCLabel(use_dark=False)'
)

Decoder = Callable[..., tuple[Tensor, Tensor]]


class NotExportableError(ValueError):
    """A model that cannot be exported; the message says which can."""


class EndToEndPose(nn.Module):
    """A pose estimator from pixels to keypoints in tensor operations only.

    Without flip test: it doubles the work, and is what a deployed model leaves out first.

    Args:
        model: A top-down pose estimator of MMPose.
        rtmlib: Give the vectors ``simcc_x`` and ``simcc_y`` undecoded, as rtmlib takes them.

    Raises:
        NotExportableError: Its head, decoder or data preprocessor is not supported.
    """

    def __init__(self, model: nn.Module, rtmlib: bool = False) -> None:
        super().__init__()
        if not isinstance(model, TopdownPoseEstimator):
            raise NotExportableError(
                f'expected a TopdownPoseEstimator, got `model.type={type(model).__name__}`'
            )
        preprocessor = model.data_preprocessor
        if isinstance(preprocessor, ViewsDataPreprocessor):
            preprocessor = preprocessor.inner
        if not isinstance(preprocessor, ImgDataPreprocessor):
            raise NotExportableError(
                'expected a `model.data_preprocessor` that normalises pictures '
                f'(PoseDataPreprocessor), got {type(preprocessor).__name__}'
            )
        self.decode = tensor_decoder(model.head)
        if rtmlib:
            self.decode = simcc_vectors(model.head)
        self.model = model
        self.preprocessor = preprocessor
        self.selected = (model.test_cfg or {}).get('output_keypoint_indices')

    @property
    def input_size(self) -> tuple[int, int]:
        """Width and height of the pictures."""
        width, height = self.model.head.decoder.input_size
        return int(width), int(height)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Return keypoints and scores.

        Args:
            images: (B, 3, H, W), 0 to 255, as the config's pipeline crops them: BGR for
                ``LoadImage``.

        Returns:
            Keypoints (B, K, 2) x, y in pixels of ``images`` and scores (B, K); for rtmlib the
            vectors in x (B, K, bins) and in y.
        """
        # The base class does all of the arithmetic; PoseDataPreprocessor adds meta information.
        inputs = ImgDataPreprocessor.forward(self.preprocessor, {'inputs': images})['inputs']
        feats = self.model.extract_feat(inputs)
        head = self.model.head
        predict = head.predict_maps if hasattr(head, 'predict_maps') else head.forward
        maps = predict(feats)
        maps = maps if isinstance(maps, tuple) else (maps,)
        first, second = self.decode(*(part.float() for part in maps))
        if self.selected is not None:
            first, second = first[:, list(self.selected)], second[:, list(self.selected)]
        return first, second


def tensor_decoder(head: nn.Module) -> Decoder:
    """Return the decoder of a head as a function of its maps (B, C, H, W), or of two vectors.

    Raises:
        NotExportableError: The head or its decoder is not supported.
    """
    codec = getattr(head, 'decoder', None)
    if isinstance(head, CompositeHead):
        return lambda maps: decode_composite(
            *head.layout.split(maps), codec.grid, codec.vote_threshold, traced=True
        )
    # A subclass with another way to predict has maps that mean something else.
    plain = isinstance(head, HeatmapHead) and type(head).predict is HeatmapHead.predict
    if isinstance(head, RCCHead) or plain:
        if isinstance(codec, HDHeatmap):
            return codec.peaks
        if isinstance(codec, MSRAHeatmap) and not codec.unbiased:
            scale = tuple(np.broadcast_to(codec.scale_factor, 2).tolist())
            return lambda maps: decode_msra(maps, scale)
        if isinstance(codec, UDPHeatmap) and codec.heatmap_type == 'gaussian':
            size, kernel = tuple(codec.input_size), codec.blur_kernel_size
            return lambda maps: decode_udp_gaussian(maps, size, kernel)
    plain = isinstance(codec, SimCCLabel) and not (codec.use_dark or codec.decode_visibility)
    if isinstance(head, SimCCHead | RTMCCHead) and plain:
        return lambda in_x, in_y: decode_simcc(in_x, in_y, codec.simcc_split_ratio)
    options = ('unbiased', 'heatmap_type', 'use_dark', 'decode_visibility')
    found = {name: getattr(codec, name) for name in options if hasattr(codec, name)}
    given = ', '.join(f'{name}={value!r}' for name, value in found.items())
    raise NotExportableError(
        f'expected one of these in `model.head`: {SUPPORTED}; got {type(head).__name__} with '
        f'{type(codec).__name__}({given})'
    )


def simcc_vectors(head: nn.Module) -> Decoder:
    """Return the identity for a head whose vectors rtmlib decodes as MMPose does.

    Raises:
        NotExportableError: The head makes none, or not two bins to a pixel.
    """
    ratio = getattr(head.decoder, 'simcc_split_ratio', None)
    if ratio != RTMLIB_SPLIT_RATIO:
        raise NotExportableError(
            f'rtmlib decodes SimCC vectors with `simcc_split_ratio={RTMLIB_SPLIT_RATIO}`, got '
            f'{type(head).__name__} with {type(head.decoder).__name__} and a ratio of {ratio}; '
            'export without --rtmlib and run the file with mmpose_stable.onnx_pose.OnnxPose'
        )
    return lambda in_x, in_y: (in_x, in_y)


def export_onnx(
    model: nn.Module,
    path: str | Path,
    batch_size: int = 1,
    dynamic_batch: bool = False,
    rtmlib: bool = False,
) -> Path:
    """Write a pose estimator with its normalisation and decoding as one ONNX file.

    Input ``images`` (B, 3, H, W) uint8: crops as the config's pipeline makes them (BGR for
    ``LoadImage``), 0 to 255. Outputs ``keypoints`` (B, K, 2) x, y in pixels of ``images`` and
    ``scores`` (B, K), float32, as ``model.predict`` gives them without flip test. The file's
    metadata names the size, the order of channels and the keypoints.

    Args:
        model: What ``mmpose.apis.init_model`` returns, or any top-down pose estimator with its
            trained weights. It is put in evaluation mode on the CPU for the export, and back.
        path: The file; it is replaced when the export has succeeded.
        batch_size: B of the graph where it is not dynamic.
        dynamic_batch: Let the graph take any number of pictures.
        rtmlib: Take ``images`` in float32, still 0 to 255, and give ``simcc_x`` and ``simcc_y``,
            for ``rtmlib.RTMPose(..., mean=None)``.

    Returns:
        ``path``.

    Raises:
        NotExportableError: The model is not supported.
        ImportError: ``onnx`` or ``onnxscript`` is not installed, or PyTorch is older than 2.5.
        ValueError: ``batch_size`` is below 1.
    """
    if batch_size < 1:
        raise ValueError(f'`batch_size` (--batch-size): expected at least 1, got {batch_size}')
    onnx = require_onnx()
    pose = EndToEndPose(model, rtmlib)
    device, training = next(model.parameters()).device, model.training
    width, height = pose.input_size
    # Of a batch of one the exporter would take its size for a constant.
    count = max(2, batch_size) if dynamic_batch else batch_size
    pixels = torch.float32 if rtmlib else torch.uint8
    example = torch.zeros(count, 3, height, width, dtype=pixels)
    try:
        model.cpu()  # MMEngine's own, which tells the data preprocessor too
        pose.eval()
        outputs = SIMCC_OUTPUTS if rtmlib else OUTPUTS
        graph = trace_graph(pose, example, INPUT, outputs, dynamic_batch).model_proto
    finally:
        model.to(device)
        model.train(training)
    _forget_sources(graph)
    onnx.helper.set_model_props(graph, _metadata(pose))
    graph.producer_name, graph.producer_version = 'mmpose_stable', __version__
    onnx.checker.check_model(graph)
    path = Path(path)
    with whole_file(path) as temporary:
        onnx.save(graph, str(temporary))
    return path


def trace_graph(
    module: nn.Module, example: Tensor, name: str, outputs: Sequence[str], dynamic_batch: bool
) -> Any:
    """Return a module of one input as PyTorch's ONNX program.

    Args:
        module: In evaluation mode on the CPU.
        example: An input; where the batch is dynamic, of two samples or more.
        name: Name of the input.
        outputs: Names of the outputs.
        dynamic_batch: Let the graph take any number of samples.

    Raises:
        ImportError: As :func:`require_onnx`.
    """
    require_onnx()
    batch = {0: torch.export.Dim('batch', min=1)} if dynamic_batch else None
    with torch.no_grad(), _quiet():
        return torch.onnx.export(
            module,
            (example,),
            dynamo=True,
            opset_version=OPSET,
            input_names=[name],
            output_names=list(outputs),
            dynamic_shapes=(batch,) if dynamic_batch else None,
            verbose=False,
        )


def require_onnx() -> Any:
    """Return the module ``onnx``.

    Raises:
        ImportError: It or the exporter's ``onnxscript`` is missing, or PyTorch is too old.
    """
    if not hasattr(torch.onnx, 'ONNXProgram') or not hasattr(torch, 'export'):
        raise ImportError(f'the ONNX export needs PyTorch 2.5 or later, got {torch.__version__}')
    try:
        importlib.import_module('onnxscript')
        return importlib.import_module('onnx')
    except ImportError as error:
        raise ImportError(
            f'the ONNX export needs onnx and onnxscript ({error}): '
            "pip install 'mmpose-stable[onnx]', or pip install onnx onnxscript"
        ) from error


def _metadata(pose: EndToEndPose) -> dict[str, str]:
    meta = getattr(pose.model, 'dataset_meta', None) or {}
    names = [name for _, name in sorted((meta.get('keypoint_id2name') or {}).items())]
    if pose.selected is not None and names:
        names = [names[at] for at in pose.selected]
    return {
        'input_size': json.dumps(pose.input_size),
        'channel_order': 'BGR, as LoadImage gives it',
        'value_range': '0 to 255, normalised inside',
        'keypoint_names': json.dumps(names),
        **{key: json.dumps(value) for key, value in _crop_settings(pose.model).items()},
    }


def _crop_settings(model: nn.Module) -> dict[str, Any]:
    """Return how the config that a model was loaded with crops a box, or MMPose's defaults."""
    pipeline: list[dict[str, Any]] = []
    if loader := (getattr(model, 'cfg', None) or {}).get('test_dataloader'):
        pipeline = loader['dataset'].get('pipeline', [])
    steps = {step['type'].rsplit('.', 1)[-1]: step for step in pipeline}
    return {
        'box_padding': steps.get('GetBBoxCenterScale', {}).get('padding', 1.25),
        'use_udp': steps.get('TopdownAffine', {}).get('use_udp', False),
    }


def _forget_sources(graph: Any) -> None:
    """Drop the exporter's notes about source files: they name folders of this machine."""
    for node in graph.graph.node:
        del node.metadata_props[:]
        node.doc_string = ''
    for values in (graph.graph.input, graph.graph.output, graph.graph.value_info):
        for value in values:
            del value.metadata_props[:]
    del graph.graph.metadata_props[:]


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the exporter's remarks about its own inner workings from the user."""
    loggers = [logging.getLogger(name) for name in ('torch.onnx', 'onnxscript', 'onnx_ir')]
    levels = [logger.level for logger in loggers]
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        for logger in loggers:
            logger.setLevel(logging.ERROR)
        try:
            yield
        finally:
            for logger, level in zip(loggers, levels, strict=True):
                logger.setLevel(level)
