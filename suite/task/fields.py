"""What the parts of a task are made of: checked types of values, and the base class of parts."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    Strict,
    model_serializer,
    model_validator,
)

from suite.errors import suggestion
from suite.result import NAME_PATTERN, MetricName, Name

__all__ = [  # names hold in records too, and are suite.result's
    "NAME_PATTERN",
    "Arguments",
    "AtLeastTwo",
    "Count",
    "Frozen",
    "MetricName",
    "Name",
    "Number",
    "Positive",
    "Sparse",
    "Text",
    "finite",
]

Count = Annotated[int, Strict(), Field(ge=1)]
AtLeastTwo = Annotated[int, Strict(), Field(ge=2)]  # for what a standard deviation is taken of
Number = Annotated[float, Strict(), Field(allow_inf_nan=False)]
Positive = Annotated[float, Strict(), Field(gt=0, allow_inf_nan=False)]


def _printable(text: str) -> str:
    """The text, if a terminal shows it as it is: no escape sequences, no reversal of direction.

    Raises ValueError.
    """
    strange = [letter for letter in text if not (letter.isprintable() or letter in "\n\t")]
    if strange:
        raise ValueError(f"expected printable text, got {strange[0]!a} in it")
    return text


def finite(value: Any) -> Any:
    """The value, if no number in it is infinite or none at all. Raises ValueError."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for item in inner:
        finite(item)
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"expected finite numbers, got {value}")
    return value


Arguments = Annotated[dict[str, Any], AfterValidator(finite)]
Text = Annotated[str, Field(min_length=1, max_length=10_000), AfterValidator(_printable)]


class Frozen(BaseModel):
    """Immutable; unknown keys are refused with a suggestion."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _refuse_unknown_keys(cls, values: Any) -> Any:
        known = [field.alias or name for name, field in cls.model_fields.items()]
        for key in values if isinstance(values, Mapping) else ():
            if key not in known:
                raise ValueError(f"unknown key {key!r}; {suggestion(str(key), known)}")
        return values


class Sparse(Frozen):
    """A part of a task whose later fields are left out of its JSON where they say nothing.

    So that tasks without them keep the JSON, and the ids, that they had before there were such
    fields. `SPARSE` names them.
    """

    SPARSE: ClassVar[tuple[str, ...]] = ()

    @model_serializer(mode="wrap")
    def _leave_out(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        written: dict[str, Any] = write(self)
        aliases = {type(self).model_fields[name].alias or name for name in self.SPARSE}
        empty = aliases.union(self.SPARSE)
        return {k: v for k, v in written.items() if v is not None or k not in empty}
