"""Numbers that commands write in several ways: 93.1% is 0.931 and 93.1 is 93.1.

Runs of one call are compared while they run (suite.execution.commands.jobs). Those of several calls
meet only here.
"""

from __future__ import annotations

from collections.abc import Mapping

from suite.result import Result


def in_one_form(results: Mapping[str, tuple[Result, ...]]) -> dict[str, tuple[Result, ...]]:
    """The results by arm, where a good run with a number in another form than the first is failed.

    The first in the order of the arms. A record that does not say how its number was written, as
    of a run that the suite trained, is taken as it is.
    """
    first: dict[str, tuple[str, str]] = {}  # the arm and its form, by metric
    return {arm: tuple(_checked(run, first) for run in runs) for arm, runs in results.items()}


def _checked(run: Result, first: dict[str, tuple[str, str]]) -> Result:
    if run.status != "ok":
        return run
    for metric, reading in run.readings.items():
        arm, form = first.setdefault(metric, (run.arm, reading.form))
        if reading.form != form:
            reason = (
                f"{metric}: expected a number as of {arm} ({form or 'plain'}), got"
                f" {reading.form or 'a plain one'} in {reading.where!r}; write them in one way"
            )
            changes = {"status": "failed", "fault": "arm", "reason": reason, "metrics": {}}
            return run.model_copy(update=changes)
    return run
