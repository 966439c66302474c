"""What a published task declares otherwise than today's: its rules, its claims, its seeds."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from suite.plan.plan import Plan
from suite.provenance.identity import Parts, list_question_changes, question_id
from suite.store.documents import PlanRecord
from suite.task.schema import Task
from suite.task.seeds import seed_ranges

NOTHING = object()  # is shown as such, and equals no value that a task can have
SEEDS = "protocol.seeds"
SHOWN = 60  # characters of a value


def list_declaration_changes(published: Task, today: Task) -> list[str]:
    """What two tasks of a name declare differently, a line each, by the name of the field."""
    before, now = (
        task.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        for task in (published, today)
    )
    lines = [
        f"{field}: published {_word(field, value)}, today {_word(field, other)}"
        for field, value, other in _differing(before, now)
    ]
    orders = {  # the first metric is the primary one, and pairs follow the order of the arms
        "arms": _other_order(published.arms, today.arms),
        "metrics": _other_order(published.metrics, today.metrics),
        "data": _other_order(published.data_sets, today.data_sets),
    }
    return lines + [f"{field}: {order}" for field, order in orders.items() if order]


def list_plan_changes(published: PlanRecord, today: Plan, asked: Mapping[str, Parts]) -> list[str]:
    """Where a published plan says that an arm asks something else than it asks today.

    `asked`: the published question of each arm, by its name in the plan, where it is stored.
    """
    arms = {question: cell for cell, question in today.questions.items()}
    lines = []
    for cell, question in published.questions.items():
        parts = asked.get(cell)
        if parts is not None and question_id(parts) != question:
            lines.append(f"arm {cell}: its question is not the one that its id stands for")
        if cell not in today.questions or question == today.questions[cell]:
            continue
        if question in arms:
            lines.append(
                f"arm {cell}: the published plan gives it the question of {arms[question]}"
            )
        elif parts is None:
            lines.append(f"arm {cell}: expected its question beside the records, found none")
        else:
            changes = list_question_changes(parts, today.parts[cell])
            lines += [f"arm {cell}: question: {line}" for line in changes]
    return lines


def _other_order(before: Iterable[str], now: Iterable[str]) -> str:
    """How the order of the same names differs; empty where it does not, or the names do."""
    old, new = list(before), list(now)
    if old == new or {*old} != {*new}:
        return ""
    return f"published in the order {', '.join(old)}, today {', '.join(new)}"


def _differing(before: Any, now: Any, field: str = "") -> Iterator[tuple[str, Any, Any]]:
    """The fields, of any depth, in which two declarations differ, with both values."""
    if isinstance(before, dict) and isinstance(now, dict):
        for name in [*before, *(name for name in now if name not in before)]:
            inner = f"{field}.{name}" if field else name
            yield from _differing(before.get(name, NOTHING), now.get(name, NOTHING), inner)
    elif _are_alike(before, now) and field != SEEDS:
        for index, pair in enumerate(zip(before, now, strict=True)):
            yield from _differing(*pair, f"{field}.{index}")
    elif before != now:
        yield field, before, now


def _are_alike(before: Any, now: Any) -> bool:
    """Whether both are lists of one length, so that their entries can be compared one by one."""
    return isinstance(before, list) and isinstance(now, list) and len(before) == len(now)


def _word(field: str, value: Any) -> str:
    if value is NOTHING:
        return "nothing"
    if field == SEEDS:
        return seed_ranges(value)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."
