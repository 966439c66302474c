"""What a question from a stranger must hold, so far as anything reads it.

`suite.provenance.identity` says what questions are; they are kept as JSON, to be compared.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, TypeAdapter, model_validator

from suite.errors import visible
from suite.result import Line
from suite.task.choices import Trainer

TRAINER: TypeAdapter[Trainer] = TypeAdapter(Trainer)


def readable(value: Any) -> Any:
    """The JSON value, if every text in it is shown as it is. Raises ValueError."""
    if isinstance(value, dict):
        readable(list(value))
        readable(list(value.values()))
    elif isinstance(value, list | tuple):
        for inner in value:
            readable(inner)
    elif isinstance(value, str) and visible(value, keep="\n\t") != value:
        raise ValueError(f"expected printable text, got {value[:40]!a}")
    return value


class Question(BaseModel):
    """The parts of a question that are read by name; others may be any JSON.

    `settings`: of a model with its trainer, of a command, or of what was measured elsewhere.
    `code`: a digest for every reference, by role. `source`: the digest of each piece of code.
    """

    model_config = ConfigDict(frozen=True, extra="allow")

    settings: Annotated[dict[str, Any], AfterValidator(readable)]
    code: dict[Line, dict[Line, Line]] = {}
    source: dict[Line, Line] = {}

    @model_validator(mode="after")
    def _is_readable(self) -> Question:
        readable(self.model_extra)
        if not {"command", "measured"} & self.settings.keys():
            TRAINER.validate_python(self.settings.get("trainer"))
        return self


QUESTION: TypeAdapter[Question] = TypeAdapter(Question)


def checked_question(question: dict[str, Any]) -> dict[str, Any]:
    """The parts, if they are those of a question. Raises ValueError."""
    QUESTION.validate_python(question)
    return question
