"""Protocols in words: what every arm shares, and what an arm does otherwise."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping

from suite.analysis.study import Study
from suite.task.arms import Arm
from suite.task.components import Term
from suite.task.datasets import Data, Encoding, TableFile
from suite.task.protocol import Protocol
from suite.task.updates import Optimizer, Schedule


def protocol_words(study: Study) -> str:
    """The protocol of a study, with what an arm does otherwise."""
    if study.task.is_measured_elsewhere:
        arms = (f"{name}: {_logged_words(arm)}" for name, arm in study.task.arms.items())
        return f"{'; '.join(arms)}."
    if study.task.is_of_commands:
        commands = (f"{name}: {_command_words(arm)}" for name, arm in study.task.arms.items())
        return f"{'; '.join(commands)}."
    shared = ", ".join(_shared_words(study.task.protocol))
    arms = (f"; {name}: {', '.join(_arm_words(arm))}" for name, arm in study.task.arms.items())
    encoded = (f"; {words}" for words in _encodings(study.task.data_sets))
    return f"{shared}{''.join(arms)}{''.join(encoded)}."


def _encodings(data_sets: Mapping[str, Data]) -> Iterator[str]:
    """How the words and missing numbers of each table became numbers, where it has any."""
    for label, data in data_sets.items():
        if isinstance(data, TableFile) and data.encode is not None:
            yield f"{label or data.path}: {encoding_words(data.encode)}"


def encoding_words(encoding: Encoding) -> str:
    """What stands for words and for missing numbers."""
    words = []
    if encoding.categories:
        also = f" and {', '.join(encoding.as_categories)}" if encoding.as_categories else ""
        words.append(f"words{also} encoded {encoding.categories}")
    if encoding.missing == "keep":
        words.append("missing numbers kept")
    elif encoding.missing:
        words.append(f"missing numbers replaced by the {encoding.missing}")
    return f"{', '.join(words)}, learned from training items alone"


def _shared_words(protocol: Protocol) -> list[str]:
    words = [
        f"{protocol.epochs} epochs",
        f"batches of {protocol.batch_size}",
        optimizer_words(protocol.optimizer),
        f"{protocol.threads} CPU thread{'s' * (protocol.threads != 1)} a run",
    ]
    if protocol.numerics == "portable":
        words.append("portable numerics")
    if protocol.schedule:
        words.append(schedule_words(protocol.schedule))
    words += _feeding_words(protocol)
    if protocol.loss:
        words.append(f"loss {loss_words(protocol.loss)}")
    if protocol.shared_initialisation:
        words.append("the same initial weights in all arms")
    return words


def _feeding_words(settings: Arm | Protocol) -> list[str]:
    """How training items are drawn and changed, where that is said."""
    words = [f"items drawn by {settings.sampler}"] if settings.sampler else []
    return words + ([f"inputs changed by {settings.transform}"] if settings.transform else [])


def _logged_words(arm: Arm) -> str:
    """The configuration of an arm that was measured elsewhere, and which point of a run counts."""
    if arm.measured is None:
        return ""
    words = [f"{name} = {value}" for name, value in arm.measured.configuration.items()]
    point = [] if arm.measured.at == "last" else [f"its value at {arm.measured.at}"]
    return ", ".join([*words, *point])


def _command_words(arm: Arm) -> str:
    """The command of an arm, and at which revision it runs; empty where it is none."""
    if arm.command is None:
        return ""
    given = arm.command.command
    line = given if isinstance(given, str) else shlex.join(given)
    at = f" at revision {arm.command.revision}" if arm.command.revision else ""
    return f"`{line}`{at}"


def _arm_words(arm: Arm) -> list[str]:
    if arm.command is not None:
        return [_command_words(arm)]
    words = [f"model {arm.model}", *(f"{name} = {text}" for name, text in arm.arguments.items())]
    if arm.epochs is not None:
        words.append(f"{arm.epochs} epochs")
    if arm.batch_size is not None:
        words.append(f"batches of {arm.batch_size}")
    if arm.optimizer:
        words.append(optimizer_words(arm.optimizer))
    if arm.schedule:
        words.append(schedule_words(arm.schedule))
    words += _feeding_words(arm)
    if arm.loss:
        words.append(f"loss {loss_words(arm.loss)}")
    if arm.train:
        words.append(f"trained by {arm.train}")
    if arm.trainer == "manual":
        words.append("trained by the hand-written framework")
    return words


def optimizer_words(optimizer: Optimizer) -> str:
    """Name, learning rate, and what else is not 0, or not as torch has it."""
    words = f"{optimizer.name} with learning rate {optimizer.lr:g}"
    words += f", momentum {optimizer.momentum:g}" if optimizer.momentum else ""
    words += f", weight decay {optimizer.weight_decay:g}" if optimizer.weight_decay else ""
    words += _argument_words(optimizer.arguments or {})
    if optimizer.clip_grad_norm:
        words += f", gradients clipped to norm {optimizer.clip_grad_norm:g}"
    words += f", {optimizer.accumulate} batches a step" if optimizer.accumulate else ""
    for group in optimizer.groups or ():
        words += f", of {group.match}{_argument_words(group.arguments)}"
    return words


def schedule_words(schedule: Schedule | None) -> str:
    """Name, arguments, and how often it steps."""
    if schedule is None:
        return "no schedule"
    parts = [
        f"{part.name} every {part.every}{_argument_words(part.arguments)}"
        + (f", until {part.every} {part.until}" if part.until else "")
        for part in schedule.chain
    ]
    return f"schedule {', then '.join(parts)}"


def loss_words(loss: Mapping[str, float | Term]) -> str:
    """Its terms with their weights."""
    return " + ".join(
        _term_words(name, term if isinstance(term, Term) else Term(name=name, factor=term))
        for name, term in loss.items()
    )


def _term_words(name: str, term: Term) -> str:
    factor = "" if term.factor == 1 else f"{term.factor:g} "
    given_name = f" of {name}" if name != term.name else ""
    return f"{factor}{term.name.replace('_', ' ')}{given_name}{_argument_words(term.arguments)}"


def _argument_words(arguments: Mapping[str, object]) -> str:
    """Arguments behind a name, each with a comma before it."""
    return "".join(f", {name} = {value}" for name, value in arguments.items())
