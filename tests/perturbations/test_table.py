import inspect

import numpy as np
import pytest

from mmpose_stable.perturbations import (
    ALL_KINDS,
    EVERY_KIND,
    HELD_OUT_KINDS,
    TRAINING_KINDS,
    resolve_kinds,
    resolve_severities,
)
from mmpose_stable.perturbations.table import PERTURBATIONS

# The definitions, typed out a second time: severities 1 to 5 of each kind.
DEFINED = {
    'brightness': '.1 | .2 | .3 | .4 | .5',
    'defocus_blur': '3 .1 | 4 .5 | 6 .5 | 8 .5 | 10 .5',
    'zoom_blur': '1.11 .01 | 1.16 .01 | 1.21 .02 | 1.26 .02 | 1.31 .03',
    'frost': '1 .4 | .8 .6 | .7 .7 | .65 .7 | .6 .75',
    'contrast': '.4 | .3 | .2 | .1 | .05',
    'gaussian_noise': '.08 | .12 | .18 | .26 | .38',
    'glass_blur': '.7 1 2 | .9 2 1 | 1 2 3 | 1.1 3 2 | 1.5 4 2',
    'motion_blur': '10 3 | 15 5 | 15 8 | 15 12 | 20 15',
    'shot_noise': '60 | 25 | 12 | 5 | 3',
    'snow': (
        '.1 .3 3 .5 10 4 .8 | .2 .3 2 .5 12 4 .7 | .55 .3 4 .9 12 8 .7 | '
        '.55 .3 4.5 .85 12 8 .65 | .55 .3 2.5 .85 12 12 .55'
    ),
    'gaussian_blur': '1 | 2 | 3 | 4 | 6',
    'jpeg_compression': '25 | 18 | 15 | 10 | 7',
    'saturate': '.3 0 | .1 0 | 2 0 | 5 .1 | 20 .2',
    'spatter': (
        '.65 .3 4 .69 .6 0 | .65 .3 3 .68 .6 0 | .65 .3 2 .68 .5 0 | '
        '.65 .3 1 .65 1.5 1 | .67 .4 1 .65 1.5 1'
    ),
    'speckle_noise': '.15 | .2 | .35 | .45 | .6',
    'impulse_noise': '.03 | .06 | .09 | .17 | .27',
    'fog': '1.5 2 | 2 2 | 2.5 1.7 | 2.5 1.5 | 3 1.4',
    'pixelate': '.6 | .5 | .4 | .3 | .25',
    'darkness': '.6 | .45 | .3 | .2 | .1',
    'color_quantization': '32 | 16 | 8 | 4 | 2',
    'mask': '.05 | .1 | .15 | .2 | .3',
}


@pytest.mark.parametrize('kind', EVERY_KIND)
def test_the_parameters_are_those_of_the_definitions_and_all_that_the_function_takes(kind):
    severities = [severity.split() for severity in DEFINED[kind].split('|')]
    perturbation = PERTURBATIONS[kind]
    assert [list(map(float, p)) for p in perturbation.parameters] == [
        list(map(float, severity)) for severity in severities
    ]
    assert len(set(perturbation.parameters)) == 5
    for parameters in perturbation.parameters:
        inspect.signature(perturbation.apply).bind(None, None, *parameters)


def test_kinds_are_named_by_group_name_list_or_text():
    # Ten kinds are for training and five held out, in the order of the definitions above.
    assert resolve_kinds('train') == TRAINING_KINDS == tuple(DEFINED)[:10]
    assert resolve_kinds('held-out') == HELD_OUT_KINDS == tuple(DEFINED)[10:15]
    assert resolve_kinds('all') == ALL_KINDS == tuple(DEFINED)[:15]
    assert len(resolve_kinds('coco-c')) == 14  # of ImageNet-C's 15, one moves the content
    assert len(resolve_kinds('posebench')) == 10
    assert resolve_kinds('snow, frost,snow') == ('snow', 'frost')
    assert resolve_kinds(['frost', 'held-out']) == ('frost', *HELD_OUT_KINDS)
    assert resolve_severities(3) == (3,)
    assert resolve_severities([5, np.int64(1), 5]) == (5, 1)


@pytest.mark.parametrize(
    ('kinds', 'message'),
    [
        *((kinds, 'kinds: expected at least one perturbation') for kinds in ('', [], (), ' , ')),
        *((kinds, r"expected one of train, .*got 'rain'") for kinds in ('rain', ['snow', 'rain'])),
        ([3], 'kind: expected one of train, .*got 3'),
    ],
)
def test_no_kind_and_an_unknown_one_are_refused_with_all_that_are_known(kinds, message):
    with pytest.raises(ValueError, match=message):
        resolve_kinds(kinds)


@pytest.mark.parametrize('severities', [[], 0, [1, 6], [2.5], [True]])
def test_severities_other_than_one_to_five_are_refused(severities):
    with pytest.raises(ValueError, match=r'severit.*: expected .*got'):
        resolve_severities(severities)
