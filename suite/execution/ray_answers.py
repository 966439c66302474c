"""What a task on a Ray cluster gave back, or why it gave nothing."""

from __future__ import annotations

from typing import Any

import ray
from ray import exceptions

from suite.errors import SuiteError

# What a worker meets that is neither the arm's fault nor ours: a full disk, a server that was
# killed.
OUTSIDE_ERRORS = (OSError, EOFError, MemoryError, KeyboardInterrupt, SystemExit)


def answer_of(ref: Any) -> Any:
    """What a task gave back.

    Raises SuiteError where a node cannot do what is asked, exceptions.RayError where it is gone.
    """
    try:
        return ray.get(ref)
    except exceptions.RuntimeEnvSetupError as error:
        raise SuiteError(f"a node could not set up the code: {last_line(error)}") from None
    except exceptions.RayTaskError as error:
        if isinstance(error.cause, SuiteError):
            raise error.cause from None
        if isinstance(error.cause, OUTSIDE_ERRORS):
            raise
        raise SuiteError(f"a node cannot run jobs: {last_line(error)}") from None


def last_line(error: BaseException) -> str:
    """The last line of an error's message, or its kind where it has none."""
    return (str(error).strip().splitlines() or [type(error).__name__])[-1]
