"""The claims of a task: what somebody reported, to be adjudicated."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, Strict, model_validator

from suite.task.choices import Statistic
from suite.task.fields import Count, Frozen, MetricName, Number, Text

MOST_DECIMALS = 12


class Claim(Frozen):
    """What somebody reported of arms under one metric: values, an order, a target.

    `reported`: a value for each arm; ranked by them, each arm is said to be better than the next.
    `order` says so without values, the best arm first. `target`: a value that an arm was said to
    reach ("97% after fifty epochs"), judged by the arm's mean.

    How the reported values came about: `statistic` of `runs` runs, each trained and tested as a run
    here is: "single", "mean", "best" or "median". `decimals`: of the values as they stand here
    (96.5% is 0.965: three), for what rounding hides; a mean of two such values may have one more.
    `test_items`: the size of the test set behind a share of right items. `shared_split`: the
    reported arms were trained and tested on the same data, as arms are here, so that their gap
    varies less; leave it out unless that is known.

    `exact`: the values are counts, compared exactly; of two, the smaller one is the better.
    `source`: the words in which it was reported.
    """

    metric: MetricName
    reported: dict[str, Number] = {}
    order: tuple[str, ...] = ()
    target: dict[str, Number] = {}
    exact: bool = False
    runs: Count = 1
    statistic: Statistic = "single"
    decimals: Annotated[int, Strict(), Field(ge=0, le=MOST_DECIMALS)] | None = None
    test_items: Count | None = None
    shared_split: bool = False
    source: Text | None = None

    @property
    def rounding(self) -> float:
        """By how much rounding may have moved a reported value: half a unit of its last decimal."""
        return 0.0 if self.decimals is None else 0.5 * 10.0**-self.decimals

    @model_validator(mode="after")
    def _says_something(self) -> Claim:
        if not self.reported and not self.target and len(self.order) < 2:
            raise ValueError(
                "expected `reported` values, a `target` or an `order` of two or more arms, got none"
            )
        return self

    @model_validator(mode="after")
    def _came_about_in_one_way(self) -> Claim:
        if self.statistic == "single" and self.runs > 1:
            raise ValueError(
                f"statistic: expected mean, best or median of {self.runs} runs, got single"
            )
        if self.shared_split and self.statistic not in ("single", "mean"):
            raise ValueError(
                f"shared_split: expected with statistic single or mean, got {self.statistic}"
            )
        if self.exact and self.target:
            raise ValueError("target: expected a claim without exact, for a mean has to reach it")
        return self

    @model_validator(mode="after")
    def _has_shares_of_items(self) -> Claim:
        for arm, value in self.reported.items() if self.test_items else ():
            if not 0 <= value <= 1:
                raise ValueError(
                    "test_items: expected shares of right items, from 0 to 1, got"
                    f" {arm} = {value:g}"
                )
        return self

    @model_validator(mode="after")
    def _is_rounded_as_it_says(self) -> Claim:
        for arm, value in self.reported.items():
            halves = value / self.rounding if self.rounding else 0.0
            if abs(halves - round(halves)) > 1e-6 * max(abs(halves), 1.0):
                raise ValueError(
                    f"decimals: expected values of {self.decimals} decimals, got {arm} = {value:g}"
                )
        return self
