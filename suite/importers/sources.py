"""Files of any kind -> one table: what `suite compare FILE...` compares."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from suite.errors import SuiteError
from suite.importers.arms_as_table import table_of_arms
from suite.importers.frames import read_frames
from suite.importers.logs import read_log
from suite.importers.measured_table import MeasuredTable
from suite.importers.roles import RoleOptions, make_table

PairOfNames = tuple[str, str]


@dataclass(frozen=True)
class ReadOptions:
    """How files are read: the roles of columns, and `at` which budget curves are."""

    roles: RoleOptions
    at: float | None = None


@dataclass(frozen=True)
class Sources:
    """The table that the files make together; `pairs`: what the words ask about, if not all."""

    table: MeasuredTable
    pairs: tuple[PairOfNames, ...] | None = None
    unmatched: tuple[str, ...] = ()


def read_sources(words: Sequence[str], options: ReadOptions) -> Sources:
    """The table of all the files; a word is FILE, FILE:ARM, a folder, a pattern, or "-".

    Two files of several arms, some of which have the same name: those are compared with each other.
    Raises SuiteError where files do not measure the same.
    """
    if len(set(words)) < len(words):
        raise SuiteError(f"{Counter(words).most_common(1)[0][0]}: named twice")
    tables = [_read_word(word, options) for word in words]
    names = [_arms(table) for table in tables]
    _check_words(words, names)
    common = [name for name in names[0] if name in names[-1]]
    if len(tables) == 2 and common and max(map(len, names)) > 1:
        return _pair_by_name(words, tables, common)
    twice = {
        arm for arm, count in Counter(arm for arms in names for arm in arms).items() if count > 1
    }
    if twice and len(tables) > 2 and max(map(len, names)) > 1:
        raise SuiteError(
            f"{', '.join(words[:3])}: all have an arm {min(twice)}: say what a file is by its path,"
            ' such as "runs/{dataset}.csv" or "runs/{seed}.csv"'
        )
    renamed = [
        _rename(table, {arm: word for arm in arms if arm in twice})
        for word, table, arms in zip(words, tables, names, strict=True)
    ]
    table = _joined(renamed)
    arms = [_arms(part) for part in renamed]
    is_one_pair = len(arms) == 2 and len(arms[0]) == len(arms[1]) == 1
    return Sources(table, ((arms[0][0], arms[1][0]),) if is_one_pair else None)


def _check_words(words: Sequence[str], names: Sequence[Sequence[str]]) -> None:
    """Raises SuiteError where an arm is named of one file, and another has several arms."""
    if any(split_word(word)[1] for word in words):
        for word, arms in zip(words, names, strict=True):
            if len(arms) > 1:
                raise SuiteError(f"{word}: expected FILE:ARM, for it holds {', '.join(arms)}")


def _pair_by_name(
    words: Sequence[str], tables: Sequence[MeasuredTable], common: Sequence[str]
) -> Sources:
    """Every arm that both files have, in the first against the second."""
    kept, unmatched = [], []
    for word, table in zip(words, tables, strict=True):
        unmatched += [f"{word}:{arm}" for arm in _arms(table) if arm not in common]
        rows = table.rows[table.rows["arm"].isin(common)]
        kept.append(_rename(replace(table, rows=rows), {arm: f"{word}:{arm}" for arm in common}))
    pairs = tuple((f"{words[0]}:{arm}", f"{words[1]}:{arm}") for arm in common)
    return Sources(_joined(kept), pairs, tuple(unmatched))


def _read_word(word: str, options: ReadOptions) -> MeasuredTable:
    """One file, or the arm of it that is named."""
    name, arm = split_word(word)
    table = _read_whole(name, options)
    if not arm:
        return table
    arms = _arms(table)
    if arm not in arms:
        raise SuiteError(f"{name}: expected one of {', '.join(arms)}, got {arm!r}")
    return replace(table, rows=table.rows[table.rows["arm"] == arm])


def split_word(word: str) -> tuple[str, str]:
    """A file's name and the arm that is named after it; a name may hold ":" itself."""
    if word == "-" or Path(word).exists() or ":" not in word:
        return word, ""
    name, _, arm = word.partition(":")
    while not Path(name).exists() and ":" in arm:
        more, _, arm = arm.partition(":")
        name = f"{name}:{more}"
    return (name, arm) if Path(name).exists() else (word.partition(":")[0], word.partition(":")[2])


def _read_whole(name: str, options: ReadOptions) -> MeasuredTable:
    roles = options.roles
    path = Path(name)
    if path.is_file():
        log = read_log(
            path, roles.metric, average=roles.average, cluster=roles.cluster, at=options.at
        )
        if isinstance(log, MeasuredTable):
            return log
        if log is not None:
            return table_of_arms(list(log.values()))
    if options.at is not None:
        raise SuiteError(f"{name}: --at: expected curves over time, as benchopt's")
    return make_table(read_frames(name), roles)


def _arms(table: MeasuredTable) -> list[str]:
    return [str(arm) for arm in table.rows["arm"].unique()]


def _rename(table: MeasuredTable, names: dict[str, str]) -> MeasuredTable:
    if not names:
        return table
    arms = table.rows["arm"].map(lambda arm: names.get(arm, arm))
    return replace(table, rows=table.rows.assign(arm=arms))


def _joined(tables: Sequence[MeasuredTable]) -> MeasuredTable:
    """One table of all. Raises SuiteError where they do not measure the same."""
    first = tables[0]
    for other in tables[1:]:
        _check_alike(first, other)
    if len(tables) == 1:
        return first
    return replace(
        first,
        source=", ".join(dict.fromkeys(table.source for table in tables)),
        rows=pd.concat([table.rows for table in tables], ignore_index=True),
        rule=next((table.rule for table in tables if table.rule), None),
        reading="; ".join(dict.fromkeys(table.reading for table in tables if table.reading)),
        notes=tuple(dict.fromkeys(note for table in tables for note in table.notes)),
    )


def _check_alike(first: MeasuredTable, other: MeasuredTable) -> None:
    if first.metric != other.metric:
        raise SuiteError(
            f"{first.source}, {other.source}: expected one metric, got {first.metric} and"
            f" {other.metric}: --metric names one that both have"
        )
    if first.unit != other.unit:
        raise SuiteError(
            f"{first.source}, {other.source}: expected values by the same, got one by"
            f" {first.unit} and one by {other.unit}"
        )
    if ("cluster" in first.rows) != ("cluster" in other.rows):
        raise SuiteError(f"{first.source}, {other.source}: clusters are named in one of them only")
    has_blocks = [bool(table.rows["block"].iloc[0]) for table in (first, other)]
    if has_blocks[0] != has_blocks[1]:
        raise SuiteError(f"{first.source}, {other.source}: one names data sets, the other does not")
