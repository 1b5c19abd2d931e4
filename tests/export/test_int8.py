"""8-bit graphs: near those of float32, with all but the inner products kept in float32."""

import numpy as np
import onnxruntime
import torch
from torch import nn

from mmpose_stable.export.int8 import quantised
from mmpose_stable.export.onnx_graph import trace_graph


class Pose(nn.Module):
    """Normalises, has one product that may be of 8 bits, upsamples, and decodes."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.first, self.inner = nn.Conv2d(3, 8, 3), nn.Conv2d(8, 16, 3)
        self.upsampling, self.last = nn.ConvTranspose2d(16, 16, 4, 2), nn.Conv2d(16, 5, 1)

    def forward(self, images):
        features = self.inner(self.first(images / 255 - 0.5)).relu()
        maps = self.last(self.upsampling(features))
        return (maps - maps.mean((2, 3), keepdim=True)).amax((2, 3))


def run(graph, pictures):
    session = onnxruntime.InferenceSession(graph.SerializeToString())
    return session.run(None, {'images': pictures.numpy()})[0]


def test_the_inner_product_is_of_8_bits_and_the_output_near_that_of_float32():
    pictures = torch.rand(6, 3, 16, 20, generator=torch.Generator().manual_seed(1)) * 255
    plain = trace_graph(Pose(), pictures, 'images', ['scores'], dynamic_batch=True).model_proto
    small = quantised(plain, ({'images': part.numpy()} for part in pictures.split(2)))
    expected = run(plain, pictures)
    assert 0 < np.abs(run(small, pictures) - expected).max() < 0.03 * np.ptp(expected)
    rounded = [node.input[0] for node in small.graph.node if node.op_type == 'QuantizeLinear']
    made = {name: node.op_type for node in small.graph.node for name in node.output}
    assert [made[name] for name in rounded] == ['Conv', 'Conv']  # its input and its output, relu'd
    kept = [node for node in small.graph.node if 'Conv' in node.op_type]
    weights = [made.get(node.input[1]) == 'DequantizeLinear' for node in kept]
    assert weights == [False, True, False, False]
