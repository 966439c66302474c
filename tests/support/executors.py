"""An executor for tests, which runs nothing."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass

from suite.execution.executor import Stopped, never
from suite.execution.trial import Trials
from suite.plan.job import Job
from suite.provenance import environment
from suite.provenance.environment import Describe
from suite.result import DeviceKind, Result


@dataclass(frozen=True)
class StandIn:
    """Gives, for the jobs that it takes, the batches that `give` makes of them."""

    give: Callable[[Iterable[Job | None]], Iterable[list[Result]]]
    slots: int = 1
    jobs_at_once: int = 1
    environment_of: Describe = environment.describe

    def describe(self, device: DeviceKind, numerics: str) -> dict[str, str]:
        """As told."""
        return self.environment_of(device, numerics)

    def fitted(self, jobs: Sequence[Job], trials: Trials) -> StandIn:
        """Itself."""
        del jobs, trials
        return self

    def execute(
        self, jobs: Iterable[Job | None], stopped: Stopped = never
    ) -> Generator[list[Result]]:
        """What `give` gives, until `stopped` says so."""
        for batch in self.give(jobs):
            yield batch
            if stopped():
                return
