"""pytest-benchmark's raw samples.

Its own summary is not used: its standard deviation and outlier rules mislead.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from suite.errors import SuiteError

FIELDS = ("task", "arm", "what", "device", "environment")


def read_samples(path: Path) -> list[dict[str, Any]]:
    """The benchmarks in pytest-benchmark's JSON, a dictionary for each.

    It has the task, arm, what, device and environment, and the samples in seconds.
    """
    try:
        document = json.loads(path.read_text())
        benchmarks = [
            {**benchmark["extra_info"], "seconds": benchmark["stats"]["data"]}
            for benchmark in document["benchmarks"]
        ]
        missing = [name for name in FIELDS for fields in benchmarks if name not in fields]
        if missing:
            raise KeyError(missing[0])
        return benchmarks
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SuiteError(
            f"{path}: expected the JSON of pytest-benchmark with its samples:"
            f" {type(error).__name__}: {error}"
        ) from None
