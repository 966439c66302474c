"""The pairs of arms that two words name, in files, in other stores and in the store."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from suite.analysis.history import rule_words
from suite.analysis.seen import top_up_of_arms
from suite.analysis.stored_pairs import StoredPair, read_stored_pair
from suite.analysis.studies import read_measured_arms
from suite.errors import SuiteError
from suite.importers.measured import MeasuredArm
from suite.importers.roles import RoleOptions
from suite.importers.runs.mlflow_server import is_address
from suite.importers.runs.recognise import is_log_of_runs
from suite.importers.source_word import ReadOptions, split_word
from suite.importers.sources import read_arms
from suite.store.looks import Look, read_looks
from suite.store.store import open_store

STORES = (".sqlite", ".sqlite3", ".db")
ENDING = re.compile(r"\.[A-Za-z]\w*")  # of a file; an arm "lr-0.1" has none

Pair = tuple[MeasuredArm, MeasuredArm]


def is_file(word: str) -> bool:
    """Whether a word means files of results, and not arms of a store."""
    name = split_word(word)[0]
    path = Path(name)
    if is_address(word):
        return True
    if path.suffix in STORES:
        return path.is_file() and is_log_of_runs(path)
    is_pattern = any(sign in name for sign in "*?[{")
    return name == "-" or path.exists() or is_pattern or bool(ENDING.fullmatch(path.suffix))


@dataclass(frozen=True)
class _Source:
    """A file or store: what it is called, its arms, and the one that is named; empty for none."""

    name: str
    named_arm: str
    arms: Mapping[str, MeasuredArm]

    @property
    def is_whole(self) -> bool:
        """Whether no arm is named of several."""
        return not self.named_arm and len(self.arms) > 1


def read_pairs(
    first: str, second: str, metric: str | None, store: Path
) -> tuple[Sequence[Pair], Sequence[str]]:
    """The pairs of arms, and the arms of which the other side has none.

    Raises SuiteError where a word names nothing, or more than one arm where the other names one.
    """
    a, b = (_read_source(word, metric, store) for word in (first, second))
    if a.is_whole and b.is_whole and a.name != b.name:
        return _pair_by_name(a, b)
    arm_a, arm_b = _named_arm(a), _named_arm(b)
    if arm_a.name == arm_b.name:
        arm_a, arm_b = replace(arm_a, name=first), replace(arm_b, name=second)
    return [(arm_a, arm_b)], []


def find_stored_pair(first: str, second: str, metric: str | None, store: Path) -> StoredPair | None:
    """The pair of a task that two words name: its verdict is that of the task's report."""
    places = [_place(word, store) for word in (first, second)]
    (path, arm_a), (other, arm_b) = places
    if path is None or path != other or not path.exists():
        return None
    with open_store(path) as opened:
        return read_stored_pair(opened, arm_a, arm_b, metric)


def _place(word: str, store: Path) -> tuple[Path | None, str]:
    """The store that a word means, and the arm; None for a file."""
    if is_file(word):
        return None, ""
    name, _, arm = word.partition(":")
    path = Path(name)
    return (path, arm) if path.suffix in STORES else (store, word)


def stores_named(first: str, second: str, store: Path) -> list[Path]:
    """The stores among what two words name; files are none."""
    places = (_place(word, store)[0] for word in (first, second))
    return list(dict.fromkeys(path for path in places if path is not None))


def mark_top_ups(pairs: Sequence[Pair], stores: Sequence[Path]) -> list[Pair]:
    """The pairs, those marked as sequential whose seeds were added after a look in a store."""
    looks = _looks_in(stores)
    return [
        (a, b) if top_up_of_arms(looks, a, b) is None else (replace(a, sequential=True), b)
        for a, b in pairs
    ]


def mark_given_rules(
    pairs: Sequence[Pair], stores: Sequence[Path], given: Mapping[str, float | str]
) -> list[Pair]:
    """The pairs, with what is given in the place of their tasks' rules after a look."""
    looks = _looks_in(stores)
    return [
        (replace(a, history=(*a.history, *rule_words(looks, (a, b), given))), b) for a, b in pairs
    ]


def _looks_in(stores: Sequence[Path]) -> list[Look]:
    """All looks in the stores, the earliest first."""
    looks: list[Look] = []
    for path in stores:
        with open_store(path) as opened:
            looks += read_looks(opened)
    return sorted(looks, key=lambda look: (look.when, look.name))


def _pair_by_name(a: _Source, b: _Source) -> tuple[Sequence[Pair], Sequence[str]]:
    common = [arm for arm in a.arms if arm in b.arms]
    if not common:
        raise SuiteError(
            f"{a.name}, {b.name}: expected arms that both have, found {', '.join(a.arms)};"
            f" {', '.join(b.arms)}"
        )
    pairs = [
        (
            replace(a.arms[arm], name=f"{a.name}:{arm}"),
            replace(b.arms[arm], name=f"{b.name}:{arm}"),
        )
        for arm in common
    ]
    unmatched = [
        f"{source.name}:{arm}" for source in (a, b) for arm in source.arms if arm not in common
    ]
    return pairs, unmatched


def _named_arm(source: _Source) -> MeasuredArm:
    """The arm that is named, or the only one."""
    if source.is_whole:
        raise SuiteError(f"{source.name}: expected FILE:ARM, for it holds {', '.join(source.arms)}")
    arm = source.named_arm or next(iter(source.arms))
    if arm not in source.arms:
        raise SuiteError(f"{source.name}: expected one of {', '.join(source.arms)}, got {arm!r}")
    return source.arms[arm]


def _read_source(word: str, metric: str | None, store: Path) -> _Source:
    """FILE or FILE:ARM; TASK/ARM is of the file `store`."""
    if is_file(word):
        name, arm = split_word(word)
        return _Source(name, arm, read_arms(name, ReadOptions(RoleOptions(metric=metric))))
    name, _, arm = word.partition(":")
    path = Path(name)
    if path.suffix in STORES:
        return _Source(name, arm, _read_store(path, metric))
    arms = _read_store(store, metric)
    if word not in arms:
        raise SuiteError(f"{word}: expected a file of results or one of {', '.join(arms)}")
    return _Source(str(store), word, arms)


def _read_store(path: Path, metric: str | None) -> Mapping[str, MeasuredArm]:
    with open_store(path) as opened:
        arms = read_measured_arms(opened, metric)
    if not arms:
        raise SuiteError(f"{path}: nothing was run yet; `suite run` does")
    return arms
