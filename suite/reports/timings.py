"""pytest-benchmark's raw samples. Its own summary is not used: its standard deviation and outlier
rules mislead."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from suite.errors import SuiteError


def read_samples(path: Path) -> list[dict[str, Any]]:
    """The benchmarks in pytest-benchmark's JSON: task, arm, what, device, environment, and the
    samples in seconds."""
    try:
        document = json.loads(path.read_text())
        found = [
            {**one["extra_info"], "seconds": one["stats"]["data"]} for one in document["benchmarks"]
        ]
        for one in found:
            one["task"], one["arm"], one["what"], one["device"], one["environment"]
        return found
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SuiteError(
            f"{path}: expected the JSON of pytest-benchmark with its samples:"
            f" {type(error).__name__}: {error}"
        ) from None
