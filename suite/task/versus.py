"""The task that `suite versus` makes of commands: arms, their names, and the metrics to read."""

from __future__ import annotations

import hashlib
import json
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from pydantic import ValidationError

from suite.errors import SuiteError
from suite.task.choices import Direction
from suite.task.commands import Command, known_direction
from suite.task.schema import Task

LONGEST_NAME = 32
REVISION = re.compile(r"^git:(\S+)\s+(.*)$", re.DOTALL)


@dataclass(frozen=True)
class Variant:
    """A command as one arm has it; `words` are what tells it from the others, for its name."""

    command: str
    revision: str | None = None
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class MetricOptions:
    """Where the metrics are read, as the options say; `direction`: of all of them."""

    names: tuple[str, ...]
    direction: Direction | None = None
    margin: float | None = None
    file: str | None = None
    pattern: str | None = None
    take: str = "last"


def variants(
    commands: Sequence[str], params: Sequence[str], revisions: Sequence[str]
) -> list[Variant]:
    """Every command with every value of every `NAME=VALUE,...` at every revision.

    "git:REV command" runs a command at a revision of its own. Raises SuiteError for a parameter
    that is not one, or stands in no command.
    """
    grid = [_parse_param(param) for param in params]
    for name, _ in grid:
        if not any(f"{{{name}}}" in command for command in commands):
            raise SuiteError(f"--param {name}: expected {{{name}}} in a command, found none")
    found = []
    for command in commands:
        prefixed = REVISION.match(command)
        own, line = (prefixed[1], prefixed[2]) if prefixed else (None, command)
        if own is not None and revisions:
            raise SuiteError(f"{command}: names a revision, and so does --at: give one of them")
        here = [(name, values) for name, values in grid if f"{{{name}}}" in line]
        for chosen in product(*(values for _, values in here)):
            filled, words = line, []
            for (name, _), value in zip(here, chosen, strict=True):
                filled = filled.replace(f"{{{name}}}", value)
                words.append(f"{name}-{value}")
            for revision in revisions or (own,):
                named = (*words, *([revision] if revision else []))
                found.append(Variant(filled, revision, named))
    return found


def _parse_param(text: str) -> tuple[str, list[str]]:
    name, sign, values = text.partition("=")
    if not sign or not re.fullmatch(r"[A-Za-z_]\w*", name) or not values:
        raise SuiteError(f"--param: expected NAME=VALUE,VALUE, got {text!r}")
    return name, values.split(",")


def arm_names(found: Sequence[Variant], given: Sequence[str]) -> list[str]:
    """The names of the arms: those given, else by what tells the commands apart, else a, b, c.

    Raises SuiteError for another number of names than of commands.
    """
    if given and len(given) != len(found):
        raise SuiteError(f"--name: expected a name for each of {len(found)} arms, got {len(given)}")
    if given:
        return list(given)
    names = [_name(words) for words in _telling_words(found)]
    if len(set(names)) == len(names) and all(
        re.search(r"[a-z]", n) and len(n) <= LONGEST_NAME for n in names
    ):
        return names
    return [chr(ord("a") + k) if len(found) <= 26 else f"arm-{k}" for k in range(len(found))]


def _telling_words(found: Sequence[Variant]) -> list[list[str]]:
    """The words of each command that not all have, or of its parameters and revision."""
    split = [_split(variant.command) for variant in found]
    shared = set(split[0]).intersection(*split[1:])
    telling = []
    for variant, words in zip(found, split, strict=True):
        own = [
            word if word.startswith("-") or not before.startswith("-") else f"{before}-{word}"
            for before, word in zip(["", *words], words, strict=False)
            if word not in shared
        ]
        at_revisions = any(other.revision for other in found)
        telling.append([*variant.words] or own or ["now"] * at_revisions)
    return telling


def _split(line: str) -> list[str]:
    try:
        return shlex.split(line)
    except ValueError:
        return line.split()


def _name(words: Sequence[str]) -> str:
    text = "-".join(re.sub(r"\.py$", "", word.rpartition("/")[2]) for word in words).lower()
    return re.sub(r"[^a-z0-9._]+", "-", text).strip("-._")


def versus_task(
    found: Sequence[Variant],
    names: Sequence[str],
    metrics: MetricOptions,
    *,
    seeds: str | Sequence[int],
    command_fields: Mapping[str, Any],
    protocol: Mapping[str, Any],
    name: str | None = None,
) -> Task:
    """The task over these commands.

    `command_fields`: what they share beside their words (suite.task.commands.Command), `protocol`:
    limits. Without a `name`, one that stands for the commands, so that the same call goes on where
    it was. Raises SuiteError for what is no command, no metric, or has no known direction.
    """
    arms = {
        arm: {"command": {"command": v.command, "revision": v.revision, **command_fields}}
        for arm, v in zip(names, found, strict=True)
    }
    document = {
        "name": name or _task_name(arms),
        "schema": 1,
        "version": 1,
        "question": f"Is {' or '.join(names)} better?"
        if len(names) == 2
        else f"Which of {', '.join(names)} is best?",
        "source": "suite versus",
        "protocol": {"seeds": seeds, **protocol},
        "arms": arms,
        "metrics": dict(_metric(wanted, metrics) for wanted in metrics.names),
    }
    try:
        return Task.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        text = str(first["msg"]).removeprefix("Value error, ")
        place = [str(part) for part in first["loc"] if part != "command"]
        arm = place[1] if place[:1] == ["arms"] and len(place) > 1 else ""
        raise SuiteError(f"{arm}: {text}" if arm else text) from None


def checked_command(line: str, *, shell: bool, reads_seed: bool) -> Command:
    """The command in a line. Raises SuiteError for what is none."""
    try:
        return Command(command=line, shell=shell, reads_seed=reads_seed)
    except ValidationError as error:
        text = str(error.errors(include_url=False)[0]["msg"])
        raise SuiteError(text.removeprefix("Value error, ")) from None


def with_seeds(task: Task, seeds: Sequence[int]) -> Task:
    """The task under other seeds."""
    protocol = task.protocol.model_copy(update={"seeds": tuple(seeds)})
    return task.model_copy(update={"protocol": protocol})


def _task_name(arms: Mapping[str, Any]) -> str:
    digest = hashlib.sha256(json.dumps(arms, sort_keys=True).encode()).hexdigest()
    return f"versus-{digest[:8]}"


def _metric(wanted: str, options: MetricOptions) -> tuple[str, dict[str, Any]]:
    """A metric by its key in the task. Raises SuiteError where nothing says what is better."""
    direction = options.direction or known_direction(wanted)
    if direction is None:
        raise SuiteError(
            f"--metric {wanted}: nothing says whether it is better when higher or lower: give"
            " --direction higher or --direction lower"
        )
    key = re.sub(r"[^a-z0-9_]+", "_", wanted.lower()).strip("_")
    key = key if key[:1].isalpha() else f"m_{key}"
    source: dict[str, Any] = {}
    if options.pattern is not None:
        source = {"pattern": options.pattern}
    elif key != wanted or options.file is not None:
        source = {"key": wanted, "file": options.file, "at": options.take}
    metric: dict[str, Any] = {"direction": direction, "unit": "none", "margin": options.margin}
    return key, metric | ({"from": source} if source else {})
