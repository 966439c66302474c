"""Files of any kind -> one table: what `suite compare FILE...` compares."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from suite.errors import SuiteError
from suite.execution.memory import limited_memory
from suite.importers.arms_as_table import table_of_arms
from suite.importers.benchmarks import read_benchmarks
from suite.importers.bounds import SMALLER
from suite.importers.frames import read_frames
from suite.importers.logs import read_log
from suite.importers.measured import MeasuredArm
from suite.importers.measured_table import Frame, MeasuredTable
from suite.importers.role_names import Direction
from suite.importers.roles import RoleOptions, make_table
from suite.importers.runs.logged import RunLog
from suite.importers.runs.mlflow_server import is_address, read_mlflow_server
from suite.importers.runs.points import Point
from suite.importers.runs.recognise import list_readers, read_runs
from suite.importers.runs.run_table import RunOptions, table_of_runs
from suite.importers.sklearn_results import as_folds

PairOfNames = tuple[str, str]
# What can be said of logged runs.
OF_RUNS = (
    *("arm", "block", "seed", "fold", "metric", "where", "ignore", "unpaired"),
    *("at", "newest", "curve"),
)
MOST_MEMORY_BYTES = 4 * 2**30  # for one file; the limits of suite.importers.bounds come first


@dataclass(frozen=True)
class ReadOptions:
    """How files are read: the roles of columns, and `at` which point curves are.

    `newest`: of several runs of one arm and seed, the last started. `direction`: what is better,
    where it was said. `curves`: keep the curve of each logged run, too.
    """

    roles: RoleOptions
    at: Point | None = None
    newest: bool = False
    direction: Direction | None = None
    curves: bool = False


@dataclass(frozen=True)
class Sources:
    """The table that the files make together; `pairs`: what the words ask about, if not all."""

    table: MeasuredTable
    pairs: tuple[PairOfNames, ...] | None = None
    unmatched: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Part:
    """What a word names: the arms of a log, or a table. `is_named`: one arm of several files'."""

    word: str
    is_named: bool
    content: Mapping[str, MeasuredArm] | MeasuredTable

    @property
    def arms(self) -> list[str]:
        if isinstance(self.content, MeasuredTable):
            return [str(arm) for arm in self.content.rows["arm"].unique()]
        return list(self.content)

    def only(self, arms: Collection[str]) -> _Part:
        """The same with these of its arms."""
        if isinstance(self.content, MeasuredTable):
            rows = self.content.rows
            return replace(
                self, content=replace(self.content, rows=rows[rows["arm"].isin(list(arms))])
            )
        kept = {name: arm for name, arm in self.content.items() if name in arms}
        return replace(self, content=kept)

    def renamed(self, names: Mapping[str, str]) -> _Part:
        """The same with other names for some arms."""
        if isinstance(self.content, MeasuredTable):
            rows = self.content.rows
            arms = rows["arm"].map(lambda arm: names.get(arm, arm))
            return replace(self, content=replace(self.content, rows=rows.assign(arm=arms)))
        arms_by_name = {
            names.get(name, name): replace(arm, name=names.get(name, name))
            for name, arm in self.content.items()
        }
        return replace(self, content=arms_by_name)


def read_sources(words: Sequence[str], options: ReadOptions) -> Sources:
    """The table of all the files; a word is FILE, FILE:ARM, a folder, a pattern, or "-".

    Two files of several arms, some of which have the same name: those are compared with each other.
    Raises SuiteError where files do not measure the same.
    """
    if len(set(words)) < len(words):
        raise SuiteError(f"{Counter(words).most_common(1)[0][0]}: named twice")
    parts = [_read_word(word, options) for word in words]
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
    part = _read_word(word, options)
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


def split_word(word: str) -> tuple[str, str]:
    """A file's name and the arm that is named after it; a name may hold ":" itself."""
    if word == "-" or is_address(word) or Path(word).exists() or ":" not in word:
        return word, ""
    name, _, arm = word.partition(":")
    while not Path(name).exists() and ":" in arm:
        more, _, arm = arm.partition(":")
        name = f"{name}:{more}"
    return (name, arm) if Path(name).exists() else (word.partition(":")[0], word.partition(":")[2])


def _check_words(parts: Sequence[_Part]) -> None:
    """Raises SuiteError where an arm is named of one file, and another has several arms."""
    for part in parts if any(part.is_named for part in parts) else ():
        if len(part.arms) > 1:
            raise SuiteError(f"{part.word}: expected FILE:ARM, for it holds {', '.join(part.arms)}")


def _pair_by_name(parts: Sequence[_Part], common: Sequence[str]) -> Sources:
    """Every arm that both files have, in the first against the second."""
    words = [part.word for part in parts]
    kept = [
        part.only(common).renamed({arm: f"{part.word}:{arm}" for arm in common}) for part in parts
    ]
    unmatched = [f"{part.word}:{arm}" for part in parts for arm in part.arms if arm not in common]
    pairs = tuple((f"{words[0]}:{arm}", f"{words[1]}:{arm}") for arm in common)
    return Sources(_joined(kept, pairs), pairs, tuple(unmatched))


def _read_word(word: str, options: ReadOptions) -> _Part:
    """What one word names."""
    name, arm = split_word(word)
    part = _Part(word, bool(arm), _read_whole(name, options))
    if not arm:
        return part
    if arm in part.arms:
        return part.only([arm])
    found = _arm_on_block(part, arm)
    if found is None:
        raise SuiteError(f"{name}: expected one of {', '.join(part.arms)}, got {arm!r}")
    return found


def _arm_on_block(part: _Part, name: str) -> _Part | None:
    """The arm on one data set that "ARM on DATA SET" names; None where there is none."""
    if not isinstance(part.content, MeasuredTable):
        return None
    rows = part.content.rows
    kept = rows[rows["arm"] + " on " + rows["block"] == name]
    if not len(kept):
        return None
    return replace(part, content=replace(part.content, rows=kept.assign(arm=name)))


def _read_whole(name: str, options: ReadOptions) -> Mapping[str, MeasuredArm] | MeasuredTable:
    try:
        with limited_memory(MOST_MEMORY_BYTES):
            return _read_file(name, options)
    except MemoryError:
        raise SuiteError(
            f"{name}: expected what takes at most {MOST_MEMORY_BYTES // 2**30} GiB of memory to"
            f" read: {SMALLER}"
        ) from None


def _read_file(name: str, options: ReadOptions) -> Mapping[str, MeasuredArm] | MeasuredTable:
    roles, path = options.roles, Path(name)
    if path.is_file():
        log = read_log(
            path, roles.metric, average=roles.average, cluster=roles.cluster, at=_seconds(options)
        )
        if log is not None:
            _check_budget(name, options)
            return log
        times = read_benchmarks(path, roles.metric)
        if times is not None:
            _refuse_others(name, options, {"metric", "unpaired"})
            return times
    runs = _read_runs(name, options)
    if runs is not None:
        _refuse_others(name, options, OF_RUNS)
        point = options.at or Point()
        return table_of_runs(
            runs, RunOptions(roles, point, options.newest, options.direction, options.curves)
        )
    option = next(iter(_of_runs_alone(options)), None)
    if option is not None:
        raise SuiteError(f"{name}: --{option}: expected a log of runs, such as {list_readers()}")
    return make_table([as_folds(frame) for frame in _frames(name)], roles)


def _read_runs(name: str, options: ReadOptions) -> RunLog | None:
    """The runs of a log or a server; None where the word means neither."""
    if not is_address(name):
        return read_runs(Path(name))
    with_curves = options.curves or options.at not in (None, Point())
    return read_mlflow_server(name, with_curves=with_curves)


def _of_runs_alone(options: ReadOptions) -> list[str]:
    """The options given that only logs of runs have a use for."""
    given = {"at": options.at is not None, "newest": options.newest, "curve": options.curves}
    return [option for option, is_given in given.items() if is_given]


def _frames(name: str) -> list[Frame]:
    """The tables that a word names. Raises SuiteError, of a folder with all that was looked for."""
    try:
        return read_frames(name)
    except SuiteError as error:
        if not Path(name).is_dir():
            raise
        raise SuiteError(f"{error}; nor a log: looked for {list_readers()}") from None


def _check_budget(name: str, options: ReadOptions) -> None:
    """Raises SuiteError for what a log whose curves have times alone has no use for."""
    at = options.at
    for option in _of_runs_alone(options):
        if option != "at":
            raise SuiteError(f"{name}: --{option}: this log has no use for it")
    if at is not None and (at.kind == "best" or at.axis in ("step", "epoch")):
        raise SuiteError(
            f"{name}: --at: expected seconds or last, for this log has no other points"
        )


def _refuse_others(name: str, options: ReadOptions, known: Collection[str]) -> None:
    """Raises SuiteError for an option that the log has no use for."""
    given = [option for option, value in vars(options.roles).items() if value]
    given += _of_runs_alone(options)
    for option in given:
        if option not in known:
            raise SuiteError(f"{name}: --{option}: this log has no use for it")


def _seconds(options: ReadOptions) -> float | None:
    """The budget of curves that are known by their times alone."""
    at = options.at
    return at.limit if at is not None and at.axis == "time" else None


def _joined(parts: Sequence[_Part], pairs: Sequence[PairOfNames] | None = None) -> MeasuredTable:
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
