"""Ray's own program, which makes a machine part of a cluster."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import NoReturn

from suite.errors import SuiteError
from suite.execution.choose import NO_RAY


def become_ray(*options: str) -> NoReturn:
    """Ends this program and starts Ray's in its place, which stays until it is stopped."""
    program = Path(sys.executable).with_name("ray")
    if not program.is_file():
        raise SuiteError(f"ray: {NO_RAY}")
    command = [str(program), "start", "--block", "--disable-usage-stats", *options]
    os.execv(program, command)  # noqa: S606
