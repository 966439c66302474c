"""The verb record-timings."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from suite.cli.options import DEFAULT_STORE, StorePath
from suite.execution.runner import note_timings
from suite.reports.timings import read_samples
from suite.store.store import open_store


def record_timings(
    samples: Annotated[
        Path, typer.Argument(help="Read this JSON file, which pytest-benchmark wrote.")
    ],
    store: StorePath = DEFAULT_STORE,
) -> None:
    """Store the raw samples of `make timings`."""
    benchmarks = read_samples(samples)
    with open_store(store, create=True) as opened:
        note_timings(benchmarks, opened)
    print(f"recorded {len(benchmarks)} timings")
