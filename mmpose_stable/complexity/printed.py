"""Accuracies as others printed them; nothing here was measured with this package."""

from __future__ import annotations

from typing import NamedTuple


class PrintedAccuracy(NamedTuple):
    """A printed accuracy of one network.

    Attributes:
        name: What the table and the picture call the network.
        ap: COCO val2017 AP in percent.
        source: Where it is printed.
    """

    name: str
    ap: float
    source: str


CL_PAPER = 'composite localization, Table 1'
MODEL_ZOO = 'model zoo of MMPose 1.3'

# By the name of the config file, without its ending.
PRINTED = {
    'cl_resnet50_coco': PrintedAccuracy('CLNet-R50', 71.2, CL_PAPER),
    'cl_resnet50_coco_384x288': PrintedAccuracy('CLNet-R50', 73.4, CL_PAPER),
    'cl_resnet101_coco_384x288': PrintedAccuracy('CLNet-R101', 74.2, CL_PAPER),
    'cl_resnet152_coco_384x288': PrintedAccuracy('CLNet-R152', 74.9, CL_PAPER),
    'cl_hourglass8_coco': PrintedAccuracy('CLNet-Hourglass-8', 75.1, CL_PAPER),
    'cl_hourglass8_coco_384x256': PrintedAccuracy('CLNet-Hourglass-8', 76.5, CL_PAPER),
    'td-hm_res50_8xb64-210e_coco-256x192': PrintedAccuracy('SimpleBaseline-R50', 70.4, CL_PAPER),
    'td-hm_hrnet-w32_8xb64-210e_coco-256x192': PrintedAccuracy('HRNet-W32', 74.6, MODEL_ZOO),
    'td-hm_hourglass52_8xb32-210e_coco-256x256': PrintedAccuracy('Hourglass-52', 72.6, MODEL_ZOO),
    'rtmpose-m_8xb256-420e_coco-256x192': PrintedAccuracy('RTMPose-m', 74.6, MODEL_ZOO),
}
