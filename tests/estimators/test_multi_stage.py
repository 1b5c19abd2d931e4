"""Stability training of heads with several stages, and inside the distributed wrapper."""

import numpy as np
import pytest
import torch
import torch.distributed as dist
from mmengine.model import MMDistributedDataParallel
from mmengine.optim import OptimWrapper
from mmengine.structures import InstanceData, PixelData
from mmpose.registry import KEYPOINT_CODECS, MODELS
from mmpose.structures import PoseDataSample
from tiny_heads import HOURGLASS

SIZE = (64, 64)
MSRA = {'type': 'MSRAHeatmap', 'input_size': SIZE, 'heatmap_size': (16, 16), 'sigma': 1}
CL = {'type': 'CompositeLocalization', 'input_size': SIZE, 'stride': 16}
CPM_HEAD = {
    'type': 'CPMHead',
    'in_channels': 16,
    'out_channels': 2,
    'num_stages': 2,
    'deconv_out_channels': None,
    'loss': {'type': 'KeypointMSELoss', 'use_target_weight': True},
}


def build(backbone, head, **options):
    return MODELS.build(
        {
            'type': 'StabilityTrainedPoseEstimator',
            'data_preprocessor': {'type': 'PoseDataPreprocessor'},
            'backbone': backbone,
            'head': head,
            **options,
        }
    )


def batch(codec, count=2):
    encoded = KEYPOINT_CODECS.build(codec).encode(np.array([[[20.0, 30.0], [44.0, 18.0]]]))
    sample = PoseDataSample(metainfo={'view_kinds': ('snow',), 'view_severities': (1,)})
    fields = {key: encoded[key] for key in ('heatmaps', 'offsets') if key in encoded}
    sample.gt_fields = PixelData(**{k: torch.from_numpy(v) for k, v in fields.items()})
    sample.gt_instance_labels = InstanceData(
        keypoint_weights=torch.from_numpy(encoded['keypoint_weights']).float()
    )
    views = torch.randint(0, 256, (2, 3, 64, 64), dtype=torch.uint8)
    return {'inputs': [views] * count, 'data_samples': [sample] * count}


def test_every_stage_is_supervised_and_the_last_one_compared():
    model = build(HOURGLASS, CPM_HEAD, consistency=[{'type': 'MSTLoss', 'loss_weight': 1.0}]).eval()
    data = model.data_preprocessor(batch(MSRA), True)
    losses = model(**data, mode='loss')
    clean, perturbed = (model(data['inputs'][v], None, mode='tensor') for v in range(2))
    target = torch.stack([sample.gt_fields.heatmaps for sample in data['data_samples']])
    expected = sum(torch.nn.functional.mse_loss(stage, target) for stage in clean)
    torch.testing.assert_close(losses['loss_kpt'], expected)
    mst = MODELS.build({'type': 'MSTLoss', 'loss_weight': 1.0})([clean[-1], perturbed[-1]])
    torch.testing.assert_close(losses['loss_mst'], mst)


def test_probabilities_of_the_last_stage_are_compared_where_stages_give_logits():
    codec = {'type': 'HDHeatmap', 'input_size': SIZE, 'heatmap_size': (16, 16)}
    loss = {'type': 'WeightedCrossEntropyLoss'}
    head = {**CPM_HEAD, 'type': 'StackedRCCHead', 'loss': loss, 'decoder': codec}
    model = build(HOURGLASS, head, consistency=[{'type': 'MSTLoss', 'loss_weight': 1.0}]).eval()
    data = model.data_preprocessor(batch(codec), True)
    losses = model(**data, mode='loss')
    outputs = [model(data['inputs'][v], None, mode='tensor') for v in range(2)]
    last = [model.head.activate(stages[-1]) for stages in outputs]
    scaled = [p / p.amax((-2, -1), keepdim=True) for p in last]
    torch.testing.assert_close(
        losses['loss_mst'], MODELS.build({'type': 'MSTLoss', 'loss_weight': 1.0})(scaled)
    )


def test_the_hourglass_of_composite_localization_trains_with_both_consistency_losses():
    head = {
        'type': 'CLHourglassHead',
        'in_channels': 16,
        'num_keypoints': 2,
        'num_stacks': 2,
        'decoder': CL,
    }
    consistency = [{'type': 'MSTLoss', 'loss_weight': 1.0}, {'type': 'OffsetStabilityLoss'}]
    model = build(HOURGLASS, head, consistency=consistency)
    # MMPose's hourglass gives maps of stride 4, the codec here asks for 16.
    model.backbone.register_forward_hook(
        lambda module, given, stacks: [torch.nn.functional.avg_pool2d(s, 4) for s in stacks]
    )
    data = model.data_preprocessor(batch(CL), True)
    loss, log = model.parse_losses(model(**data, mode='loss'))
    loss.backward()
    assert {'loss_heatmap', 'loss_offset', 'loss_mst', 'loss_offset_stability'} < set(log)
    assert torch.isfinite(loss)


@pytest.fixture
def one_process(tmp_path):
    """A process group of this process alone."""
    store = f'file://{tmp_path / "store"}'
    dist.init_process_group('gloo', init_method=store, rank=0, world_size=1)
    yield
    dist.destroy_process_group()


def test_distributed_wrapper_trains_with_views_and_an_adversary(one_process):
    model = build(
        {'type': 'ShuffleNetV2', 'widen_factor': 0.5},
        {
            'type': 'HeatmapHead',
            'in_channels': 1024,
            'out_channels': 2,
            'deconv_out_channels': (8, 8, 8),
            'decoder': MSRA,
        },
        consistency=[{'type': 'MSTLoss', 'loss_weight': 1.0}],
        adversary={'type': 'PGDAdversary', 'steps': 1},
    )
    wrapped = MMDistributedDataParallel(model)
    before = model.head.final_layer.weight.detach().clone()
    optimizer = OptimWrapper(torch.optim.SGD(model.parameters(), lr=0.1))
    log = wrapped.train_step(batch(MSRA), optimizer)
    assert log['loss_mst'] > 0
    assert not torch.equal(before, model.head.final_layer.weight)
