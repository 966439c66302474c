"""Certificates: all that lets anyone check a run bit by bit."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, ValidationError

from suite.atomic_files import read_at_most
from suite.errors import SuiteError
from suite.provenance.identity import Parts
from suite.result import (
    DeviceKind,
    Id,
    Line,
    MetricName,
    Name,
    OnBlock,
    Result,
    Seed,
    Status,
    Words,
    cell_name,
    refusal,
)
from suite.store.first_lines import FirstLines
from suite.store.records import ResultSource
from suite.task.choices import MEASURED_COSTS
from suite.task.questions import checked_question

MAX_FILE_BYTES = 64 * 1024 * 1024


def _finite(bits: str) -> str:
    """The hexadecimal digits, if they are those of a finite number. Raises ValueError."""
    try:
        float.fromhex(bits)
    except OverflowError:
        raise ValueError("expected a finite number, got a larger one") from None
    return bits


Bits = Annotated[  # as float.hex writes them
    str, Field(pattern=r"^-?0x[01]\.[0-9a-f]{1,13}p[+-][0-9]{1,4}$"), AfterValidator(_finite)
]


class Certificate(OnBlock):
    """One run: what was asked, where, and what came out.

    `history` and `metrics` are hexadecimal floats: bits, not decimals.

    `hashes` are SHA-256 over the bits of the initial weights, the final weights and the test
    outputs; of a command, over those of its declared outputs, by "file NAME"; of a run measured
    elsewhere, over those of the files of its log, by "log NAME".
    """

    certificate: Literal[1]
    task: Name
    arm: Name
    seed: Seed
    device: DeviceKind
    status: Status
    key: Id
    hashes: dict[Words, Line]
    history: dict[Line, tuple[Bits | None, ...]]
    metrics: dict[MetricName, Bits]
    parameters: int | None = None
    environment: dict[Line, Line]
    question: Annotated[dict[str, Any], AfterValidator(checked_question)]

    @property
    def cell(self) -> str:
        """The arm and the data set, by the name that a plan has for them."""
        return cell_name(self.arm, self.block)

    @property
    def is_of_command(self) -> bool:
        """Whether the run is one of a command."""
        return "command" in self.question.get("settings", {})

    @property
    def is_of_log(self) -> bool:
        """Whether the run was measured elsewhere, and was read from a log."""
        return "measured" in self.question.get("settings", {})


def certify(result: Result, question: Parts, environment: Mapping[str, str]) -> Certificate:
    """The certificate of a run."""
    return Certificate(
        certificate=1,
        task=result.task,
        arm=result.arm,
        block=result.block,
        seed=result.seed,
        device="cuda" if result.device == "cuda" else "cpu",
        status=result.status,
        key=result.key,
        hashes=result.hashes,
        history={
            name: tuple(_bits(value) for value in values) for name, values in result.history.items()
        },
        metrics={
            name: value.hex()
            for name, value in result.metrics.items()
            if name not in measured_costs(question)
        },
        parameters=result.parameters,
        environment=dict(environment),
        question=dict(question),
    )


def measured_costs(question: Parts) -> set[str]:
    """The metrics that are times or memory: two runs of one seed differ in them."""
    measures, costs = question.get("measures"), question.get("costs")
    named = {
        key: measure.get("name")
        for key, measure in (measures.items() if isinstance(measures, Mapping) else ())
        if isinstance(measure, Mapping)
    }
    named |= dict(costs) if isinstance(costs, Mapping) else {}
    return {key for key, cost in named.items() if cost in MEASURED_COSTS}


def certificates(
    results: Iterable[Result], evidence: ResultSource, *, with_failed: bool = False
) -> list[Certificate]:
    """The certificates of runs, with the questions and environments that are kept beside them.

    Those of failed runs, which have no bits, only `with_failed`: run again, they must fail again.
    Raises SuiteError for a run whose question is not kept.
    """
    questions, environments = evidence.documents("question"), evidence.documents("environment")
    certified = []
    for result in results:
        if with_failed or result.status != "failed":
            asked = _question_of(result, questions)
            there = environments.get(result.environment, {})
            try:
                certified.append(certify(result, asked, there))
            except ValidationError as error:
                run = f"{result.task} {result.cell} seed {result.seed}"
                raise SuiteError(f"{run}: expected a run to certify: {refusal(error)}") from None
    return certified


def _question_of(result: Result, questions: Mapping[str, Parts]) -> Parts:
    if result.question not in questions:
        raise SuiteError(
            f"{result.task} {result.cell} seed {result.seed} ({result.key[:7]}): expected its"
            " question to be kept with its record, found none: it cannot be certified"
        )
    return questions[result.question]


def as_json(certificates: Iterable[Certificate]) -> Iterator[str]:
    """Each as one line of JSON."""
    return (certificate.model_dump_json() + "\n" for certificate in certificates)


def read_certificates(paths: Sequence[Path]) -> list[Certificate]:
    """The certificates in files, in each one or one a line.

    Raises SuiteError naming the line that is none, or that has a run of an earlier line again.
    """
    read, first = [], FirstLines()
    for path in paths:
        for location, line in _lines(path):
            certificate = _parse(location, line)
            environment = json.dumps(certificate.environment, sort_keys=True)
            title = f"{certificate.task} {certificate.cell} seed {certificate.seed}"
            first.add(location, title, certificate.key, environment)
            read.append(certificate)
    return read


def _lines(path: Path) -> Iterator[tuple[str, bytes]]:
    """The bytes of each certificate of a file, with its location."""
    content = read_at_most(path, MAX_FILE_BYTES, "certificates", instead="split it by lines")
    lines = content.splitlines() if path.suffix == ".jsonl" else [content]
    if not lines:
        raise SuiteError(f"{path}: expected certificates, one a line, got an empty file")
    return ((f"{path}:{number}", line) for number, line in enumerate(lines, start=1))


def _parse(location: str, line: bytes) -> Certificate:
    try:
        return Certificate.model_validate_json(line)
    except ValidationError as error:
        raise SuiteError(f"{location}: expected a certificate: {refusal(error)}") from None


def sample(certificates: Sequence[Certificate], count: int) -> list[Certificate]:
    """`count` of them, in an order that the runs' keys decide: tasks take turns, and their arms."""
    by_task: dict[str, dict[str, list[Certificate]]] = {}
    for certificate in sorted(certificates, key=lambda certificate: certificate.key):
        by_cell = by_task.setdefault(certificate.task, {})
        by_cell.setdefault(certificate.cell, []).append(certificate)
    tasks = [_taking_turns(list(by_cell.values())) for by_cell in by_task.values()]
    return _taking_turns(tasks)[:count]


def _taking_turns(queues: Sequence[Sequence[Certificate]]) -> list[Certificate]:
    turns = zip_longest(*queues)
    return [certificate for turn in turns for certificate in turn if certificate is not None]


def _bits(value: float | None) -> str | None:
    return None if value is None else value.hex()
