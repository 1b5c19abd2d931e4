"""The rows of the study, in the order in which they are trained."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

FOLDER = 'tools/experiments'
HANDS = f'{FOLDER}/base_hands.py'
CLNET = f'{FOLDER}/cl_hands.py'
HOURGLASS = f'{FOLDER}/cl_hourglass_hands.py'
# Other heads: the title, the updates of the training and those of stabilising, and the row that it
# starts from. UDP and DARK have the network of the base, so they begin with its weights.
HEADS = {
    'simcc': ('SimCC', 600, 600, None),
    'rtmpose': ('RTMPose', 600, 600, None),
    'rle': ('RLE', 600, 600, None),
    'integral': ('integral regression', 600, 300, None),
    'udp': ('UDP, from plain training', 300, 300, 'base'),
    'dark': ('DARK, from plain training', 300, 300, 'base'),
}
# What perturbs: PerturbedViews of stabilising, or RandomPerturbation of `augment`.
PERTURBS = 'train_dataloader.dataset.pipeline.6'
# The head's own loss sees the perturbed view too, not only the clean one.
ALL_LABELS = {'model.supervised': 'all'}


@dataclass(frozen=True)
class Row:
    """One row of the table; each of its seeds is one training.

    Attributes:
        title: What the row is, as the page names it.
        config: The base config, relative to the repository.
        method: A method of :data:`mmpose_stable.methods.METHODS`; None trains the base itself. A
            stabilised row names it where its start has it.
        start: The row whose checkpoint of the same seed is stabilised; None trains from scratch.
        updates: Optimizer steps.
        seeds: Number of seeds, counted from 0.
        labels: Whether a stabilised row reads the labels too.
        pictures: The part of the data that is trained on, ``train`` or ``dev``.
        data: ``hands``, or ``lsp``.
        passes: Forward-backward passes in one update; the base takes 1.
        control: Whether the start is trained longer with labels, in the way of its config or with
            the method, rather than stabilised.
        changes: Settings of the config that differ from those of the method.
    """

    title: str
    config: str = HANDS
    method: str | None = None
    start: str | None = None
    updates: int = 2000
    seeds: int = 5
    labels: bool = False
    pictures: str = 'train'
    data: str = 'hands'
    passes: int = 1
    control: bool = False
    changes: Mapping[str, object] = field(default_factory=dict)

    @property
    def own_passes(self) -> int:
        """Forward-backward passes of the training, without those of its start."""
        return self.updates * self.passes

    @property
    def cost(self) -> int:
        """Forward-backward passes of the training and of its start."""
        return self.own_passes + (ROWS[self.start].cost if self.start else 0)


def _stabilized(title: str, start: str, **changed: object) -> Row:
    return Row(title, start=start, **{'updates': 600, 'passes': 2, **changed})


def _continued(title: str, start: str, **changed: object) -> Row:
    return Row(title, start=start, **{'updates': 600, 'labels': True, 'control': True, **changed})


ROWS: dict[str, Row] = {
    'base': Row('plain training'),
    'augment': Row('perturbed pictures', method='augment'),
    'stabilized': _stabilized('plain, then stabilised', 'base'),
    'm': Row('M', method='m', passes=2),
    'rhm': Row('R + H + M', method='rhm', passes=2),
    # The two settings that were the most accurate on perturbed pictures of dev, of three each.
    'augment_tuned': Row(
        'perturbed pictures, share chosen on dev',
        method='augment',
        changes={f'{PERTURBS}.prob': 0.25},
    ),
    'rhm_tuned': Row(
        'R + H + M, weight chosen on dev',
        method='rhm',
        passes=2,
        changes={'model.consistency.0.loss_weight': 3.0},
    ),
    # As many passes as plain training and stabilising together.
    'augment_longer': Row('perturbed pictures, longer', method='augment', updates=3200, seeds=1),
    'two_views': Row(
        'perturbed and clean pictures, labels on both',
        method='m',
        passes=2,
        changes={**ALL_LABELS, 'model.consistency': []},
    ),
    'm_all': Row('labels on both, and M', method='m', passes=2, changes=ALL_LABELS),
    'rhm_all': Row('labels on both, and R + H + M', method='rhm', passes=2, changes=ALL_LABELS),
    'augment_stabilized': _stabilized('perturbed pictures, then stabilised', 'augment'),
    'two_views_stabilized': _stabilized('labels on both, then stabilised', 'two_views', seeds=1),
    'stabilized_dev': _stabilized(
        'plain, then stabilised on pictures of other persons', 'base', pictures='dev'
    ),
    'longer': _continued('plain, trained longer', 'base'),
    'cl': Row('CLNet', config=CLNET),
    'cl_stabilized': _stabilized('CLNet, then stabilised', 'cl', config=CLNET),
    'cl_m': Row('CLNet, M', config=CLNET, method='m', passes=2, seeds=1),
    'cl_hourglass': Row('CLNet-Hourglass', config=HOURGLASS, updates=600, seeds=1),
    'cl_hourglass_stabilized': _stabilized(
        'CLNet-Hourglass, then stabilised', 'cl_hourglass', config=HOURGLASS, seeds=1, updates=300
    ),
    'cl_union': Row('CLNet, offsets trained on both regions', config=f'{FOLDER}/cl_union_hands.py'),
    'stabilized_labels': _stabilized('plain, then stabilised with labels', 'base', labels=True),
    'stabilized_100': _stabilized('plain, then stabilised, 100 updates', 'base', updates=100),
    'stabilized_1600': _stabilized('plain, then stabilised, 1,600 updates', 'base', updates=1600),
    'stabilized_boxes': _stabilized(
        'plain, then stabilised with moved boxes',
        'base',
        seeds=1,
        changes={f'{PERTURBS}.box_shift': 0.05, f'{PERTURBS}.box_scale': 0.1},
    ),
    'rh': Row('R + H', method='rh', updates=1200, seeds=1),
    'rh_stabilized': _stabilized('R + H, then stabilised', 'rh', method='rh', seeds=1, updates=300),
}
LSP = {'config': f'{FOLDER}/lsp_lite0.py', 'data': 'lsp', 'seeds': 1}
ROWS['lsp'] = Row('LSP, plain training', updates=1200, **LSP)
ROWS['lsp_augment'] = Row('LSP, perturbed pictures', method='augment', updates=1200, **LSP)
ROWS['lsp_rhm'] = Row('LSP, R + H + M', method='rhm', updates=1200, passes=2, **LSP)
ROWS['lsp_stabilized'] = _stabilized('LSP, plain, then stabilised', 'lsp', updates=400, **LSP)
ROWS['lsp_rhm_continued'] = _continued(
    'LSP, plain, then R + H + M', 'lsp', method='rhm', passes=2, **{**LSP, 'updates': 400}
)
for _head, (_title, _updates, _more, _start) in HEADS.items():
    _config = f'{FOLDER}/{_head}_hands.py'
    _made = {'config': _config, 'updates': _updates, 'seeds': 1}
    ROWS[_head] = _continued(_title, _start, **_made) if _start else Row(_title, **_made)
    ROWS[f'{_head}_stabilized'] = _stabilized(
        f'{_title}, then stabilised', _head, config=_config, updates=_more, seeds=1
    )
# Every method of the paper, trained for less time, so that all of them can be compared here.
SHORT = 600
SHORT_ROWS = {
    'base': ('plain training', 1),
    'augment': ('perturbed pictures', 1),
    'm': ('M', 2),
    'rhm': ('R + H + M', 2),
    'r': ('R', 1),
    'h': ('H', 1),
    'hm': ('H + M', 2),
    'st_a': ('ST_a', 2),
    'st_g': ('ST_g', 2),
    'at': ('AT', 4),
    'augmix': ('AugMix', 3),
    'lip': ('Lip', 1),
    'pg': ('PG', 1),
}
for _name, (_title, _passes) in SHORT_ROWS.items():
    _method = None if _name == 'base' else _name
    ROWS[f'{_name}_short'] = Row(
        f'{_title}, {SHORT} updates', method=_method, passes=_passes, updates=SHORT, seeds=2
    )
# Tries on dev: each method that competes with stabilising gets nine with its short row, as many as
# stabilising got. The setting with the highest PRIMARY score is then tested.
WEIGHT = 'model.consistency.0.loss_weight'
SEVERITIES = f'{PERTURBS}.severities'
RATE = 'optim_wrapper.optimizer.lr'
TRIES = {
    'augment': {
        f'{share:.0%} perturbed': {f'{PERTURBS}.prob': share} for share in (0.1, 0.25, 0.35, 0.75)
    },
    'm': {f'{times} times the weight': {WEIGHT: 0.01 * times} for times in (0.1, 0.3, 3, 10)},
    'rhm': {
        **{f'{times} times the weight': {WEIGHT: 10.0 * times} for times in (0.1, 0.3, 3)},
        "rcc_order='raw'": {'model.head.rcc_order': 'raw'},
    },
}
TRIED: dict[str, list[str]] = {}  # the rows of each method's tries
for _method, _tries in TRIES.items():
    _title, _passes = SHORT_ROWS[_method]
    _tries = {
        **_tries,
        'severities 1 to 3': {SEVERITIES: (1, 2, 3)},
        'twice the learning rate': {RATE: 2e-3},
        'half the learning rate': {RATE: 5e-4},
    }
    TRIED[_method] = [f'{_method}_short']
    for _what, _changes in _tries.items():
        _name = re.sub(r'\W+', '_', f'{_method} {_what}').strip('_')
        ROWS[_name] = Row(
            f'{_title}, {_what}',
            method=_method,
            passes=_passes,
            updates=SHORT,
            seeds=1,
            changes=_changes,
        )
        TRIED[_method].append(_name)
    ROWS[f'{_method}_continued'] = _continued(
        f'plain, then {_title}', 'base', method=_method, passes=_passes, seeds=3
    )
    TRIED[_method].append(f'{_method}_continued')
