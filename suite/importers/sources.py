"""Files of any kind -> one table: what `suite compare FILE...` compares."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd

from suite.errors import SuiteError
from suite.importers.arms_as_table import table_of_arms
from suite.importers.measured import MeasuredArm
from suite.importers.measured_table import MeasuredTable
from suite.importers.source_word import Part, ReadOptions, read_word

PairOfNames = tuple[str, str]


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
    parts = [read_word(word, options) for word in words]
    _check_words(parts)
    counts = Counter(arm for part in parts for arm in part.arms)
    twice = {arm for arm, count in counts.items() if count > 1}
    are_whole = max(len(part.arms) for part in parts) > 1
    if twice and are_whole and len(parts) == 2:
        return _pair_by_name(parts, [arm for arm in parts[0].arms if arm in twice])
    if twice and are_whole:
        raise SuiteError(
            f"{', '.join(words[:3])}: more than one has an arm {min(twice)}: say what a file is by"
            ' its path, such as "runs/{dataset}.csv" or "runs/{seed}.csv"'
        )
    parts = [part.renamed({arm: part.word for arm in part.arms if arm in twice}) for part in parts]
    arms = [part.arms for part in parts]
    is_one_pair = len(arms) == 2 and len(arms[0]) == len(arms[1]) == 1
    return Sources(_joined(parts), ((arms[0][0], arms[1][0]),) if is_one_pair else None)


def read_arms(word: str, options: ReadOptions) -> dict[str, MeasuredArm]:
    """The arms of one file with one data set, as those of a store."""
    part = read_word(word, options)
    if not isinstance(part.content, MeasuredTable):
        return dict(part.content)
    rows = part.content.rows
    if rows["block"].nunique() > 1:
        raise SuiteError(f"{word}: expected one data set beside arms of a store; --where keeps one")
    return {
        str(arm): MeasuredArm(
            str(arm),
            part.content.metric,
            dict(zip(known["unit"], known["value"], strict=True)),
            without_value=len(own) - len(known),
            rule=part.content.rule,
            unit="item" if part.content.unit == "item" else "seed",
        )
        for arm, own in rows.groupby("arm", sort=False)
        for known in [own.dropna(subset=["value"])]
    }


def _check_words(parts: Sequence[Part]) -> None:
    """Raises SuiteError where an arm is named of one file, and another has several arms."""
    for part in parts if any(part.is_named for part in parts) else ():
        if len(part.arms) > 1:
            raise SuiteError(f"{part.word}: expected FILE:ARM, for it holds {', '.join(part.arms)}")


def _pair_by_name(parts: Sequence[Part], common: Sequence[str]) -> Sources:
    """Every arm that both files have, in the first against the second."""
    words = [part.word for part in parts]
    kept = [
        part.only(common).renamed({arm: f"{part.word}:{arm}" for arm in common}) for part in parts
    ]
    unmatched = [f"{part.word}:{arm}" for part in parts for arm in part.arms if arm not in common]
    pairs = tuple((f"{words[0]}:{arm}", f"{words[1]}:{arm}") for arm in common)
    return Sources(_joined(kept, pairs), pairs, tuple(unmatched))


def _joined(parts: Sequence[Part], pairs: Sequence[PairOfNames] | None = None) -> MeasuredTable:
    """One table of all. Raises SuiteError where `pairs`, or else all, do not measure the same."""
    arms = [
        arm
        for part in parts
        if not isinstance(part.content, MeasuredTable)
        for arm in part.content.values()
    ]
    tables = [part.content for part in parts if isinstance(part.content, MeasuredTable)]
    if arms:
        tables = [*tables, table_of_arms(arms, pairs)]
    for other in tables[1:]:
        _check_alike(tables[0], other)
    if len(tables) == 1:
        return tables[0]
    return replace(
        tables[0],
        source=", ".join(dict.fromkeys(table.source for table in tables)),
        rows=pd.concat([table.rows for table in tables], ignore_index=True),
        rule=next((table.rule for table in tables if table.rule), None),
        reading="; ".join(dict.fromkeys(table.reading for table in tables if table.reading)),
        notes=tuple(dict.fromkeys(note for table in tables for note in table.notes)),
    )


def _check_alike(first: MeasuredTable, other: MeasuredTable) -> None:
    names = f"{first.source}, {other.source}"
    if first.metric != other.metric:
        raise SuiteError(
            f"{names}: expected one metric, got {first.metric} and {other.metric}: --metric names"
            " one that both have"
        )
    if first.unit != other.unit:
        raise SuiteError(
            f"{names}: expected one kind of numbers, got some by {first.unit}, some by {other.unit}"
        )
    if ("cluster" in first.rows) != ("cluster" in other.rows):
        raise SuiteError(f"{names}: expected clusters in both or in none")
    has_blocks = [bool(table.rows["block"].iloc[0]) for table in (first, other)]
    if has_blocks[0] != has_blocks[1]:
        raise SuiteError(f"{names}: expected data sets in both or in neither")
    directions = {table.rule.direction for table in (first, other) if table.rule}
    if len(directions) > 1:
        raise SuiteError(f"{names}: one says higher is better, the other lower: give --direction")
