"""Streams: named, separate, and shared where arms are paired."""

from __future__ import annotations

import hashlib

from suite.plan.job import streams_of
from suite.plan.plan import make_plan
from suite.provenance.seeding import stream_seed
from suite.task.schema import Task


def test_a_stream_is_the_hash_of_its_name() -> None:
    digest = hashlib.sha256(b'["data", "t", 3]').digest()
    assert stream_seed("data", "t", 3) == int.from_bytes(digest[:4], "big")


def test_names_are_not_joined() -> None:
    assert stream_seed("a", "bc") != stream_seed("ab", "c")
    assert stream_seed("a", 1) != stream_seed("a", "1")


def test_arms_share_data_and_order_and_by_default_not_the_initial_weights(tiny: Task) -> None:
    shared = {
        job.arm: streams_of(job, 0) for job in make_plan(tiny, device="cpu").jobs if 0 in job.seeds
    }
    assert shared["short"] == shared["long"] == shared["control"]
    alone = tiny.model_copy(
        update={"protocol": tiny.protocol.model_copy(update={"shared_initialisation": False})}
    )
    streams = {
        job.arm: streams_of(job, 0) for job in make_plan(alone, device="cpu").jobs if 0 in job.seeds
    }
    assert streams["short"]["data"] == streams["control"]["data"]
    assert streams["short"]["batch_order"] == streams["control"]["batch_order"]
    assert streams["short"]["initialisation"] != streams["control"]["initialisation"]


def test_every_seed_and_purpose_has_a_stream_of_its_own(tiny: Task) -> None:
    job = make_plan(tiny, device="cpu").jobs[0]
    seeds = [seed for replicate in range(100) for seed in streams_of(job, replicate).values()]
    assert len(set(seeds)) == 400
