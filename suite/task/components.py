"""What a task names and does not define: terms of a loss, and metrics.

Names of torch, torchmetrics and of users' code are checked where a plan is made
(suite.provenance.signatures), without an import.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, ValidationError

from suite.task.choices import COSTS, MEASURED_COSTS, Cost, Direction, Unit
from suite.task.commands import MetricSource
from suite.task.fields import Arguments, Frozen, Number, Positive, Sparse, Text


class Term(Frozen):
    """A term of a loss: torch.nn's loss of that name, or "package.module:function".

    The function gets outputs and targets by name. `output` and `target`: which of several the term
    is of. Without `target` it is the first target; without `output`, the output of the target's
    name, or the only output.
    """

    name: Text
    factor: Positive = 1.0
    output: Text | None = None
    target: Text | None = None
    arguments: Arguments = {}


def _terms(value: Any) -> Any:
    """The terms by label, each a weight or a `Term`. Raises ValueError."""
    if isinstance(value, str):
        value = {value: 1.0}
    if not isinstance(value, Mapping):
        raise ValueError(f"expected a name or a table of names with weights, got {value!r:.80}")
    return {str(label): _term(str(label), term) for label, term in value.items()}


def _term(label: str, value: Any) -> float | Term:
    if isinstance(value, Term):
        return value
    if isinstance(value, Mapping):
        try:
            return Term.model_validate({"name": label, **value})
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            field = ".".join([label, *map(str, first["loc"])])
            raise ValueError(f"{field}: {first['msg'].removeprefix('Value error, ')}") from None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < math.inf:
        raise ValueError(f"{label}: expected a weight above 0 or a table, got {value!r:.80}")
    return float(value)


Loss = Annotated[dict[str, float | Term], BeforeValidator(_terms)]


def _as_bounds(value: Any) -> Any:
    """The two bounds as floats. Raises ValueError unless they are numbers in order."""
    if value is None:
        return None
    is_pair = isinstance(value, list | tuple) and len(value) == 2
    numbers = value if is_pair and not any(isinstance(v, bool | str) for v in value) else (1, 0)
    try:
        low, high = map(float, numbers)
    except (TypeError, ValueError):
        low, high = 1.0, 0.0
    if not -math.inf < low < high < math.inf:
        raise ValueError(f"expected the least and the largest value, [0, 1], got {value!r:.80}")
    return low, high


class Metric(Sparse):
    """`margin`: a difference smaller than this does not matter, in the metric's own unit.

    A ratio prints as percent.

    `name`: torchmetrics' metric of that name with `arguments`, "package.module:function" of outputs
    and targets by name, "reported": what an arm's own training loop gives under the metric's key,
    or a cost of the run (suite.task.choices.Cost). Without it the key names a metric of the suite.
    `output` and `target` as of a `Term`. `from`: where a command leaves it, if not in its output
    under the metric's key. `bounds`: the least and the largest value that it can have, whatever is
    measured. `optional`: that an arm may lack it; else a run that does not give it has failed.
    """

    SPARSE = ("source", "bounds", "optional")

    direction: Direction
    margin: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    unit: Unit = "ratio"
    name: Text | None = None
    output: Text | None = None
    target: Text | None = None
    arguments: Arguments = {}
    source: Annotated[MetricSource | None, Field(alias="from")] = None
    bounds: Annotated[tuple[Number, Number] | None, BeforeValidator(_as_bounds)] = None
    optional: bool | None = None

    @property
    def cost(self) -> Cost | None:
        """The cost that it is; None where it is of what an arm predicts or reports."""
        return next((cost for cost in COSTS if cost == self.name), None)

    @property
    def is_measured_cost(self) -> bool:
        """Whether it is a time or memory, which differs between two runs of the same seed."""
        return self.cost in MEASURED_COSTS
