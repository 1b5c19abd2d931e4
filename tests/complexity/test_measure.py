"""Counting against sums by hand; timing with a clock that the test sets."""

import time

import pytest
from torch import nn

from mmpose_stable.complexity import measure
from mmpose_stable.complexity.models import BuiltModel

WIDTH, HEIGHT = 12, 20


class Estimator(nn.Module):
    """Two convolutions, a normalisation and a linear layer in the place of a pose estimator."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, stride=2, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(8)
        self.deconv = nn.ConvTranspose2d(8, 4, 4, stride=2, padding=1)
        self.linear = nn.Linear(WIDTH, 5)
        self.eval()

    def forward(self, images, data_samples, mode):
        assert data_samples is None
        assert mode == 'tensor'
        return self.linear(self.deconv(self.norm(self.conv(images))))


def test_parameters_are_those_that_are_trained():
    by_hand = 3 * 8 * 9 + 2 * 8 + (8 * 4 * 16 + 4) + (WIDTH * 5 + 5)
    assert measure.count_parameters(Estimator()) == by_hand


def test_multiply_adds_of_one_image_are_those_by_hand():
    small = WIDTH * HEIGHT // 4
    conv = small * 3 * 8 * 9
    norm = 2 * small * 8
    deconv = small * 8 * 4 * 16  # each input value meets each weight of its channel once
    linear = 4 * HEIGHT * WIDTH * 5
    assert measure.count_macs(Estimator(), (WIDTH, HEIGHT)) == conv + norm + deconv + linear


class Sleeper:
    """A model that takes a given time on the clock of the test and says when it was called."""

    def __init__(self, name, seconds, calls, clock):
        self.name, self.seconds, self.calls, self.clock = name, seconds, calls, clock

    def test_step(self, data):
        self.calls.append((self.name, len(data['inputs']), tuple(data['inputs'][0].shape)))
        self.clock[0] += self.seconds.pop(0)


@pytest.fixture
def timed(monkeypatch):
    """Two models, the calls they see, and nobody else's time."""
    clock, calls = [0.0], []
    monkeypatch.setattr(measure, 'clock', lambda threads: lambda: clock[0])
    models = [
        BuiltModel('a', Sleeper('a', [100.0, 1.0, 2.0, 30.0], calls, clock), (16, 24)),
        BuiltModel('b', Sleeper('b', [100.0, 4.0, 5.0, 6.0], calls, clock), (8, 8)),
    ]
    return models, calls


def test_models_take_turns_and_the_first_call_does_not_count(timed):
    models, calls = timed
    assert measure.time_predictions(models, batch=2, rounds=3) == [
        [1.0, 2.0, 30.0],
        [4.0, 5.0, 6.0],
    ]
    assert calls == [('a', 2, (3, 24, 16)), ('b', 2, (3, 8, 8))] * 4


def test_one_slow_call_does_not_change_the_speed():
    assert measure.images_per_second(8, [1.0, 2.0, 30.0]) == 4.0


def test_one_thread_is_timed_by_the_processor_and_more_by_the_wall():
    assert measure.clock(1) is time.process_time
    assert measure.clock(2) is time.perf_counter


def test_a_result_file_gets_counts_and_the_speed_of_each_batch(monkeypatch):
    monkeypatch.setattr(
        measure, 'time_predictions', lambda models, batch, rounds: [[batch / 2.0] * rounds]
    )
    model = Estimator()
    assert measure.measure_cost(BuiltModel('tiny', model, (WIDTH, HEIGHT)), batches=(1, 4)) == {
        'input_size': [WIDTH, HEIGHT],
        'parameters': measure.count_parameters(model),
        'macs': measure.count_macs(model, (WIDTH, HEIGHT)),
        'images_per_second': {'1': 2.0, '4': 2.0},
    }


class Head(nn.Module):
    """A head that decodes in a way of its own."""

    def __init__(self, decoder):
        super().__init__()
        self.decoder = decoder


def test_equal_networks_are_timed_once(monkeypatch):
    speeds = iter([5.0, 7.0, 9.0])
    monkeypatch.setattr(measure, 'measure_speed', lambda built: {'1': next(speeds)})
    models = []
    for size, decoder in (((12, 20), 1), ((12, 20), 2), ((12, 40), 3), ((12, 20), 'other')):
        model = Estimator()
        model.head = Head(decoder)
        models.append(BuiltModel(f'tiny{len(models)}', model, size))
    costs = list(measure.measure_costs(models))
    assert [cost['images_per_second']['1'] for cost in costs] == [5.0, 5.0, 7.0, 9.0]
    assert [cost['input_size'] for cost in costs] == [[12, 20], [12, 20], [12, 40], [12, 20]]
