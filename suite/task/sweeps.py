"""The arms that a task file spans from others: a grid of values, or an ablation.

    [grid]                          # every arm at every combination of the values
    lr = [0.01, 0.1]
    width = [16, 32, 64]

    [ablation]                      # the one arm, and it without each part by itself
    dropout = 0.0                   # the value that takes the part out
    norm = false

A key is a setting of the arm: "lr" and the other fields of an optimiser, "epochs", "batch_size",
"model" ..., or else an argument of the model; of a command it is a placeholder in its words. What
is written with a dot is the path of a setting: "optimizer.name", "arguments.lr".
"""

from __future__ import annotations

import json
import math
import re
import shlex
from collections.abc import Iterator, Mapping
from copy import deepcopy
from itertools import product
from typing import Any

from suite.errors import suggestion
from suite.task.commands import BRACES

MOST_ARMS = 1_000
LONGEST_NAME = 64  # of an arm
OF_OPTIMIZER = ("lr", "momentum", "weight_decay", "clip_grad_norm", "accumulate")
OF_ARM = (
    "model",
    "train",
    "trainer",
    "loss",
    "epochs",
    "batch_size",
    "optimizer",
    "schedule",
    "transform",
    "sampler",
)
COMPARED = ("all", "best")

Table = dict[str, Any]


def span_arms(task: Mapping[str, Any]) -> Mapping[str, Any]:
    """The task as its file has it, with the arms of its grid or ablation in the place of those.

    Raises ValueError: field, what was expected, what it has.
    """
    spans = [name for name in ("grid", "ablation") if task.get(name) is not None]
    rest = {key: value for key, value in task.items() if key not in ("grid", "ablation")}
    if not spans:
        return rest
    if len(spans) > 1:
        raise ValueError("ablation: expected a grid or an ablation, got both")
    (name,) = spans
    settings, arms = task[name], task.get("arms")
    if not isinstance(settings, Mapping) or not settings:
        raise ValueError(f"{name}: expected a table of settings, got {settings!r:.80}")
    if not isinstance(arms, Mapping) or not all(isinstance(arm, Mapping) for arm in arms.values()):
        return rest  # which is refused by the arms' own rule
    span = _grid if name == "grid" else _ablation
    return span(rest, {str(key): value for key, value in settings.items()})


def _grid(task: Table, axes: Mapping[str, Any]) -> Table:
    for axis, values in axes.items():
        _check_axis(axis, values)
    arms, count = task["arms"], math.prod(len(values) for values in axes.values())
    if count * len(arms) > MOST_ARMS:
        raise ValueError(f"grid: expected at most {MOST_ARMS:,} arms, got {count * len(arms):,}")
    spanned = {}
    for arm, fields in arms.items():
        for values in product(*axes.values()):
            at = dict(zip(axes, values, strict=True))
            name = "-".join([arm] * (len(arms) > 1) + [_named(*item) for item in at.items()])
            if name in spanned:
                raise ValueError(f"grid: two values give the same name of an arm, {name!r}")
            spanned[_checked_name(name)] = _at(task, fields, at, f"grid: arm {arm}")
    return {"comparisons": "best", **task, "arms": spanned}


def _check_axis(axis: str, values: Any) -> None:
    if not isinstance(values, list | tuple) or len(values) < 2:
        raise ValueError(f"grid.{axis}: expected a list of two values or more, got {values!r:.80}")
    distinct = {json.dumps(value, sort_keys=True, default=str) for value in values}
    if len(distinct) < len(values):
        raise ValueError(f"grid.{axis}: expected each value once, got {list(values)!r:.80}")


def _ablation(task: Table, parts: Mapping[str, Any]) -> Table:
    arms = task["arms"]
    if len(arms) != 1:
        raise ValueError(f"ablation: expected one arm, the whole, got {len(arms)}")
    ((whole, fields),) = arms.items()
    spanned = {whole: {**deepcopy(dict(fields)), "at": {"without": "nothing"}}}
    for part, value in parts.items():
        name = _checked_name(f"without-{_slug(_last(part))}")
        lacking = _at(task, fields, {part: value}, "ablation")
        spanned[name] = {**lacking, "at": {"without": _last(part)}}
    return {"comparisons": {"baseline": whole}, **task, "arms": spanned}


def _at(task: Table, fields: Mapping[str, Any], at: Mapping[str, Any], place: str) -> Table:
    """The arm's fields with these settings."""
    changed: Table = deepcopy(dict(fields))
    for setting, value in at.items():
        if changed.get("command") is not None:
            changed["command"] = _filled(changed["command"], setting, value, place)
        else:
            _set(task, changed, setting, value, place)
    return {**changed, "at": {_last(setting): value for setting, value in at.items()}}


def _set(task: Table, fields: Table, setting: str, value: Any, place: str) -> None:
    """Changes one setting of an arm, whose table of it begins as the protocol has it."""
    head, dot, rest = setting.partition(".")
    if not dot:
        if setting in OF_OPTIMIZER:
            head, rest = "optimizer", setting
        elif setting not in OF_ARM:
            head, rest = "arguments", setting
    if head not in (*OF_ARM, "arguments"):
        known = suggestion(head, [*OF_ARM, "arguments"])
        raise ValueError(f"{place}: unknown setting {setting!r}; {known}")
    if not rest:
        fields[head] = value
        return
    protocol = task.get("protocol")
    shared = protocol.get(head) if isinstance(protocol, Mapping) else None
    inner = fields.get(head) if fields.get(head) is not None else shared
    if inner is not None and not isinstance(inner, Mapping):
        raise ValueError(f"{place}: {setting}: expected a table {head}, got {inner!r:.40}")
    fields[head] = table = deepcopy(dict(inner or {}))
    *path, last = rest.split(".")
    for key in path:
        table = table.setdefault(key, {})
        if not isinstance(table, dict):
            raise ValueError(f"{place}: {setting}: expected a table at {key}, got {table!r:.40}")
    table[last] = value


def _filled(command: Any, setting: str, value: Any, place: str) -> Any:
    """A command with {setting} replaced. Raises ValueError where it does not stand in it."""
    if isinstance(command, Mapping):
        return {**command, "command": _filled(command.get("command"), setting, value, place)}
    words = [command] if isinstance(command, str) else list(command)
    if not any(setting == name for word in words for _, name in BRACES.findall(str(word))):
        raise ValueError(f"{place}: expected {{{setting}}} in the command, found none")
    text = value if isinstance(value, str) else json.dumps(value)
    text = shlex.quote(text) if isinstance(command, str) else text
    filled = [
        BRACES.sub(lambda found: text if found[2] == setting else found[0], str(word))
        for word in words
    ]
    return filled[0] if isinstance(command, str) else filled


def _named(setting: str, value: Any) -> str:
    return f"{_slug(_last(setting))}-{_slug(_value_text(value))}"


def _value_text(value: Any) -> str:
    if isinstance(value, list | tuple):
        return "-".join(map(_value_text, value))
    if isinstance(value, Mapping):
        return "-".join(f"{key}-{_value_text(inner)}" for key, inner in value.items())
    return str(value).lower()


def _last(setting: str) -> str:
    return setting.rpartition(".")[2]


def _slug(text: str) -> str:
    """The text as a part of a name; a number below 0 keeps its sign in words."""
    if re.match(r"-[0-9.]", text):
        text = f"minus-{text[1:]}"
    return re.sub(r"[^a-z0-9._-]+", "-", text.lower()).strip("-._")


def _checked_name(name: str) -> str:
    if len(name) > LONGEST_NAME or not re.match(r"[a-z0-9]", name):
        raise ValueError(
            f"grid: expected names of arms of at most {LONGEST_NAME} letters and digits, got"
            f" {name!r:.100}: shorten the keys or values"
        )
    return name


def declared_pairs(comparisons: Any, arms: Any) -> Any:
    """What `comparisons` stands for: a list of pairs, or "best".

    "all" is no list; `{ baseline = "arm" }` is every other arm against that one. Raises ValueError.
    """
    if isinstance(comparisons, str):
        if comparisons not in COMPARED:
            raise ValueError(
                'comparisons: expected "all", "best", { baseline = "an arm" } or a list of pairs,'
                f" got {comparisons!r:.80}"
            )
        return () if comparisons == "all" else comparisons
    if not isinstance(comparisons, Mapping):
        return comparisons
    if set(comparisons) != {"baseline"} or not isinstance(arms, Mapping):
        raise ValueError(
            f'comparisons: expected {{ baseline = "an arm" }}, got {dict(comparisons)!r:.80}'
        )
    baseline = comparisons["baseline"]
    if baseline not in arms:
        known = suggestion(str(baseline), list(arms))
        raise ValueError(f"comparisons.baseline: unknown arm {baseline!r:.80}; {known}")
    return list(_against(str(baseline), arms))


def _against(baseline: str, arms: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    return ((arm, baseline) for arm in arms if arm != baseline)
