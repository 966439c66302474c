"""Where the noise comes from: frozen streams are the same for all seeds, and planted components are
found again.
"""

from __future__ import annotations

import numpy as np
import pytest

from suite.analysis.noise import noise_components, noise_floor
from suite.errors import SuiteError
from suite.plan.job import streams_of
from suite.plan.plan import make_plan
from suite.stats import summarize
from suite.task.choices import STREAMS
from suite.task.schema import Task
from suite.task.variants import placebo, varying
from tests.calibration.simulations import PLANTED, planted_study


def test_planted_components_are_recovered_within_15_percent(tiny: Task) -> None:
    parts = {
        stream: planted_study(varying(tiny, stream), range(1500), ["long"]) for stream in STREAMS
    }
    found = noise_components(planted_study(tiny, range(1500), ["long"]), parts, "accuracy")
    assert [one.source for one in found] == [*STREAMS, "all"]
    for one in found[:3]:
        planted = PLANTED[one.source] ** 2  # type: ignore[index]
        assert one.variance == pytest.approx(planted, rel=0.15)
        assert planted in one.interval
    assert found[3].variance == pytest.approx(sum(sd**2 for sd in PLANTED.values()), rel=0.15)
    assert found[3].share == 1.0


def test_a_frozen_stream_is_the_same_under_every_seed(tiny: Task) -> None:
    for stream in STREAMS:
        job = make_plan(varying(tiny, stream), device="cpu").jobs[0]
        streams = [streams_of(job, seed) for seed in range(5)]
        numbers = {name: len({one[name] for one in streams}) for name in STREAMS}
        assert numbers == {name: 5 if name == stream else 1 for name in STREAMS}


def test_a_placebo_shares_all_but_the_initial_weights(tiny: Task) -> None:
    task = placebo(tiny, "control")
    assert task.name == "tiny.placebo-control"
    assert task.pairs() == (("control", "control-again"),)
    first, again = (
        next(job for job in make_plan(task, device="cpu").jobs if job.arm == arm)
        for arm in task.arms
    )
    same = {
        name
        for name in streams_of(first, 3)
        if streams_of(first, 3)[name] == streams_of(again, 3)[name]
    }
    assert same == {"data", "batch_order"}
    with pytest.raises(
        SuiteError, match="tiny: expected one of the arms short, long, control, got 'x'"
    ):
        placebo(tiny, "x")


def test_the_noise_floor_holds_what_two_single_runs_differ_by() -> None:
    rng = np.random.default_rng(3)
    a, b = rng.normal(0.9, 0.01, (2, 400))
    floor = noise_floor(summarize(list(a)), summarize(list(b)))
    assert floor is not None
    assert floor.high - floor.low == pytest.approx(2 * 1.96 * 0.01 * 2**0.5, rel=0.1)
