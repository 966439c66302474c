"""One word of a command line -> what it names: the arms of a log, or a table.

A word is FILE, FILE:ARM, a folder, a pattern, the address of a server, or "-".
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from suite.errors import SuiteError
from suite.execution.memory import limited_memory
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
class Part:
    """What a word names: the arms of a log, or a table. `is_named`: one arm of several files'."""

    word: str
    is_named: bool
    content: Mapping[str, MeasuredArm] | MeasuredTable

    @property
    def arms(self) -> list[str]:
        """The names of its arms, in the order in which they come."""
        if isinstance(self.content, MeasuredTable):
            return [str(arm) for arm in self.content.rows["arm"].unique()]
        return list(self.content)

    def only(self, arms: Collection[str]) -> Part:
        """The same with these of its arms."""
        if isinstance(self.content, MeasuredTable):
            rows = self.content.rows
            return replace(
                self, content=replace(self.content, rows=rows[rows["arm"].isin(list(arms))])
            )
        kept = {name: arm for name, arm in self.content.items() if name in arms}
        return replace(self, content=kept)

    def renamed(self, names: Mapping[str, str]) -> Part:
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


def split_word(word: str) -> tuple[str, str]:
    """A file's name and the arm that is named after it; a name may hold ":" itself."""
    if word == "-" or is_address(word) or Path(word).exists() or ":" not in word:
        return word, ""
    name, _, arm = word.partition(":")
    while not Path(name).exists() and ":" in arm:
        more, _, arm = arm.partition(":")
        name = f"{name}:{more}"
    return (name, arm) if Path(name).exists() else (word.partition(":")[0], word.partition(":")[2])


def read_word(word: str, options: ReadOptions) -> Part:
    """What one word names."""
    name, arm = split_word(word)
    part = Part(word, bool(arm), _read_whole(name, options))
    if not arm:
        return part
    if arm in part.arms:
        return part.only([arm])
    found = _arm_on_block(part, arm)
    if found is None:
        raise SuiteError(f"{name}: expected one of {', '.join(part.arms)}, got {arm!r}")
    return found


def _arm_on_block(part: Part, name: str) -> Part | None:
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
            refuse_others(name, options, {"metric", "unpaired"})
            return times
    runs = _read_runs(name, options)
    if runs is not None:
        refuse_others(name, options, OF_RUNS)
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


def refuse_others(name: str, options: ReadOptions, known: Collection[str]) -> None:
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
