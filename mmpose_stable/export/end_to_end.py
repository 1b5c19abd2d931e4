"""A pose estimator from pixels to keypoints in tensor operations only."""

from mmengine.model import ImgDataPreprocessor
from mmpose.models.heads import HeatmapHead, RTMCCHead, SimCCHead
from mmpose.models.pose_estimators import TopdownPoseEstimator
from torch import Tensor, nn

from mmpose_stable.codecs.layouts import layout_of
from mmpose_stable.data_preprocessors.views import ViewsDataPreprocessor
from mmpose_stable.export.torch_decoders import Decoder, torch_decoder
from mmpose_stable.heads.map_head import MapHead
from mmpose_stable.model_parts import decoder_input_size

# Fixed in rtmlib's RTMPose.
RTMLIB_SPLIT_RATIO = 2.0
SUPPORTED = (
    'CLHead and CLHourglassHead; RCCHead and HeatmapHead with a decoder HDHeatmap, '
    "MSRAHeatmap(unbiased=False) or UDPHeatmap(heatmap_type='gaussian'); SimCCHead and RTMCCHead "
    'with a decoder SimCCLabel(use_dark=False, decode_visibility=False)'
)


class EndToEndPose(nn.Module):
    """A pose estimator from pixels to keypoints in tensor operations only, without flip test.

    Args:
        model: A top-down pose estimator of MMPose.
        rtmlib: Give the vectors ``simcc_x`` and ``simcc_y`` undecoded, as rtmlib takes them.

    Raises:
        ValueError: Its head or decoder is not supported.
    """

    def __init__(self, model: nn.Module, rtmlib: bool = False) -> None:
        super().__init__()
        if not isinstance(model, TopdownPoseEstimator):
            raise ValueError(
                f'expected a TopdownPoseEstimator, got `model.type={type(model).__name__}`'
            )
        self.decode = tensor_decoder(model.head)
        if rtmlib:
            self.decode = simcc_vectors(model.head)
        self.model = model
        preprocessor = model.data_preprocessor
        if isinstance(preprocessor, ViewsDataPreprocessor):
            preprocessor = preprocessor.inner
        self.preprocessor = preprocessor
        self.selected = (model.test_cfg or {}).get('output_keypoint_indices')

    @property
    def input_size(self) -> tuple[int, int]:
        """Width and height of the pictures."""
        return decoder_input_size(self.model)

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
        maps = head.predict_maps(feats) if isinstance(head, MapHead) else head.forward(feats)
        maps = maps if isinstance(maps, tuple) else (maps,)
        first, second = self.decode(*(part.float() for part in maps))
        if self.selected is not None:
            first, second = first[:, list(self.selected)], second[:, list(self.selected)]
        return first, second


def tensor_decoder(head: nn.Module) -> Decoder:
    """Return the decoder of a head as a function of its maps (B, C, H, W), or of two vectors."""
    codec = getattr(head, 'decoder', None)
    if layout_of(codec).vectors:
        supported = isinstance(head, SimCCHead | RTMCCHead)
    else:
        # A subclass with another way to predict has maps that mean something else.
        plain = isinstance(head, HeatmapHead) and type(head).predict is HeatmapHead.predict
        supported = isinstance(head, MapHead) or plain
    decoder = torch_decoder(codec) if supported else None
    if decoder is None:
        raise ValueError(
            f'expected one of these in `model.head`: {SUPPORTED}; got {type(head).__name__} with '
            f'{type(codec).__name__}'
        )
    return decoder


def simcc_vectors(head: nn.Module) -> Decoder:
    """Return the identity for a head whose vectors rtmlib decodes as MMPose does."""
    ratio = getattr(head.decoder, 'simcc_split_ratio', None)
    if ratio != RTMLIB_SPLIT_RATIO:
        raise ValueError(
            f'rtmlib decodes SimCC vectors with `simcc_split_ratio={RTMLIB_SPLIT_RATIO}`, got '
            f'{type(head).__name__} with {type(head.decoder).__name__} and a ratio of {ratio}; '
            'export without --rtmlib and run the file with mmpose_stable.export.onnx_pose.OnnxPose'
        )
    return lambda in_x, in_y: (in_x, in_y)
