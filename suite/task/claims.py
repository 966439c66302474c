"""The claims of a task: what somebody reported, to be adjudicated."""

from __future__ import annotations

from pydantic import model_validator

from suite.task.fields import Count, Frozen, MetricName, Number, Text


class Claim(Frozen):
    """What somebody reported: a value per arm (`reported`), an ordering (`order`), or both.

    `order` has the best arm first. `test_items` is the size of the test set behind the reported
    numbers. `exact` claims are counts, compared exactly.
    """

    metric: MetricName
    reported: dict[str, Number] = {}
    order: tuple[str, ...] = ()
    exact: bool = False
    test_items: Count | None = None
    source: Text | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Claim:
        if not self.reported and len(self.order) < 2:
            raise ValueError(
                "expected `reported` values or an `order` of two or more arms, got neither"
            )
        return self
