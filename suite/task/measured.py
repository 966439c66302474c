"""An arm whose runs were measured elsewhere, and were read from the log of another program.

Nothing can be run for it here: `suite import` adds runs that a log holds.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from suite.task.fields import Frozen, Text

LONGEST = 200  # characters of a value


class Measured(Frozen):
    """What is known of the runs of such an arm.

    `configuration`: the parameters that the log has of them, but for the seed, as text. `at`: which
    point of a run counts, as `suite compare --at` takes it.
    """

    configuration: dict[
        Annotated[str, Field(min_length=1, max_length=LONGEST)],
        Annotated[str, Field(max_length=2 * LONGEST)],
    ] = {}
    at: Text = "last"
