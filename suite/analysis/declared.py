"""What differs between two declarations of a task, each in a few words.

A declaration is JSON values: a later suite can compare what an earlier one kept.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any, TypeAlias

Declared: TypeAlias = "Mapping[str, Any]"
Path: TypeAlias = "tuple[str, ...]"

# what decides no number, or is compared by itself (the seeds)
ASIDE = {"seeds", "timeout_s", "memory_bytes", "gpu_share"}
LONGEST = 40  # letters of a value


@dataclass(frozen=True)
class Change:
    """What changed: where, as keys of the task's file, and in words."""

    path: Path
    words: str

    @property
    def subject(self) -> Path:
        """What a declaration must have for the change to be one of it (`subjects`)."""
        alone = self.path[0] in ("data", "protocol")
        return self.path if self.path[0] == "comparisons" else self.path[: 1 if alone else 2]

    @property
    def moves_runs(self) -> bool:
        """Whether runs ask something else by it, and not only what is said of them."""
        is_rule = self.path[0] == "metrics" and self.path[-1] in ("direction", "margin", "unit")
        return self.path[0] in ("arms", "protocol", "data", "metrics") and not is_rule


def changes(before: Declared, now: Declared) -> list[Change]:
    """What differs in what is asked, in the order of a task's file; none where nothing does."""
    parts = [
        _question(before, now),
        _values(("data",), before.get("data"), now.get("data")),
        _values(("protocol",), *(_protocol(each) for each in (before, now))),
        _arms(before, now),
        _metrics(before, now),
        _comparisons(before, now),
        _claims(before, now),
    ]
    return [change for part in parts for change in part]


def subjects(declared: Declared) -> set[Path]:
    """What a declaration says something of: data, protocol, each arm, metric and pair of arms."""
    arms, metrics = declared.get("arms", {}), declared.get("metrics", {})
    whole = ("question", "data", "protocol", "arms", "metrics", "comparisons", "claims")
    return {
        *((name,) for name in whole),
        *(("arms", arm) for arm in arms),
        *(("metrics", metric) for metric in metrics),
        *(("comparisons", *sorted(pair)) for pair in combinations(arms, 2)),
    }


def _question(before: Declared, now: Declared) -> Iterator[Change]:
    if before.get("question") != now.get("question"):
        yield Change(("question",), "the question was reworded")


def _protocol(declared: Declared) -> dict[str, Any]:
    shared = declared.get("protocol", {})
    return {key: value for key, value in shared.items() if key not in ASIDE}


def _arms(before: Declared, now: Declared) -> Iterator[Change]:
    old, new = (
        {
            arm: {key: value for key, value in fields.items() if key != "trainer"}
            for arm, fields in each.get("arms", {}).items()
        }
        for each in (before, now)
    )
    yield from _added_or_removed("arms", "arm", old, new)
    for arm in (arm for arm in new if arm in old):
        yield from _values(("arms", arm), old[arm], new[arm])


def _metrics(before: Declared, now: Declared) -> Iterator[Change]:
    old, new = before.get("metrics", {}), now.get("metrics", {})
    yield from _added_or_removed("metrics", "metric", old, new)
    first, first_now = next(iter(old), None), next(iter(new), None)
    if first != first_now:
        yield Change(("metrics",), f"first metric {first} -> {first_now}")
    for name in (name for name in new if name in old):
        yield from metric_changes(name, old[name], new[name], f" of {name}" * (len(new) > 1))


def metric_changes(name: str, old: Declared, new: Declared, of: str = "") -> list[Change]:
    """What differs in one metric. `of`: its name in words, where there are several."""
    return [
        Change(
            ("metrics", name, key),
            margin_words(old.get(key), new.get(key), new, of)
            if key == "margin"
            else f"{key}{of} {_change(old.get(key), new.get(key))}",
        )
        for key in dict.fromkeys([*old, *new])
        if old.get(key) != new.get(key)
    ]


def margin_words(before: float | None, now: float | None, metric: Declared, of: str = "") -> str:
    """A changed margin, in points where the metric is a ratio."""
    is_ratio = metric.get("unit", "ratio") == "ratio"
    a, b = (
        "none" if value is None else f"{100 * value if is_ratio else value:.6g}"
        for value in (before, now)
    )
    return f"margin{of} {a} -> {b}" + " points" * (is_ratio and b != "none")


def _comparisons(before: Declared, now: Declared) -> Iterator[Change]:
    how = [_how(declared) for declared in (before, now)]
    if how[0] != how[1] and "best" in how:
        yield Change(("comparisons",), f"comparisons {how[0]} -> {how[1]}")
        return
    old, new = _pairs(before), _pairs(now)
    common = before.get("arms", {}).keys() & now.get("arms", {}).keys()
    for pair in sorted(old ^ new):
        if set(pair) <= common:
            done = "added" if pair in new else "left out"
            yield Change(("comparisons", *pair), f"{pair[0]} against {pair[1]} was {done}")


def _how(declared: Declared) -> str:
    """How pairs of arms are chosen: by name, by results, or all."""
    named = declared.get("comparisons")
    return named if isinstance(named, str) else "by name" if named else "all"


def _pairs(declared: Declared) -> set[tuple[str, str]]:
    named = declared.get("comparisons")
    pairs = named if named and named != "best" else combinations(declared.get("arms", {}), 2)
    return {(min(pair), max(pair)) for pair in pairs}


def _claims(before: Declared, now: Declared) -> Iterator[Change]:
    old, new = before.get("claims", []), now.get("claims", [])
    if old != new:
        counts = f" ({len(old)} -> {len(new)})" * (len(old) != len(new))
        yield Change(("claims",), f"claims were changed{counts}")


def _added_or_removed(group: str, kind: str, old: Declared, new: Declared) -> Iterator[Change]:
    for name in [*old, *(name for name in new if name not in old)]:
        if (name in old) != (name in new):
            done = "added" if name in new else "left out"
            yield Change((group, name), f"{kind} {name} was {done}")


def _values(path: Path, before: Any, now: Any) -> Iterator[Change]:
    """Every value that differs, by its place."""
    if isinstance(before, Mapping) and isinstance(now, Mapping):
        for key in dict.fromkeys([*before, *now]):
            yield from _values((*path, key), before.get(key), now.get(key))
    elif before != now:
        yield Change(path, f"{'.'.join(path)} {_change(before, now)}")


def _change(before: Any, now: Any) -> str:
    return f"{_shown(before)} -> {_shown(now)}"


def _shown(value: Any) -> str:
    if value is None:
        return "default"
    text = value if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."
