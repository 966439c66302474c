"""The arm, data set and seed of each run, from what was configured.

All parameters but the seed are the arm's configuration; an arm is named by what differs between
the runs. Two runs of other configurations never share an arm unless somebody says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from suite.errors import SuiteError
from suite.importers.measured_table import TableUnit
from suite.importers.role_names import is_bookkeeping, name_rank, plain, words_of
from suite.importers.role_options import RoleOptions, named_columns, shorten
from suite.importers.runs.logged import LoggedRun
from suite.importers.runs.run_names import split_names

UNSET = "unset"
FROM_NAMES = "arm = from the runs' names"
LONGEST = 30  # letters of a value in an arm's name


@dataclass(frozen=True)
class RunRoles:
    """The arm, block and unit of each run, and words on where they come from.

    `units`: None where nothing says which seed a run had; `unit` says what they are. `notes`: each
    without a full stop. `configured`: the parameters that are configuration, whether or not they
    differ between the runs; none where the names alone tell the arms.
    """

    arms: tuple[str, ...]
    blocks: tuple[str, ...]
    units: tuple[str, ...] | None
    reading: str
    notes: tuple[str, ...] = ()
    unit: TableUnit = "seed"
    configured: tuple[str, ...] = ()


Table = Mapping[str, tuple[str, ...]]  # the value of each run, by parameter


def choose_roles(runs: Sequence[LoggedRun], options: RoleOptions, source: str) -> RunRoles:
    """What the runs are, by their parameters and else by their names. Raises SuiteError."""
    table = parameter_table(runs)
    ignored = named_columns(options.ignore, "ignore", tuple(table), source)
    table = {name: values for name, values in table.items() if name not in ignored}
    seeds, folds = _seed_columns(table, options, source), _fold_columns(table, options, source)
    blocks = _block_columns(table, options, source)
    rest = {name: v for name, v in table.items() if name not in (*seeds, *folds, *blocks)}
    by_name = None if seeds or folds else split_names([run.name for run in runs])
    if not all(run.is_named_by_people for run in runs):
        by_name = None
    units = _join(table, (*seeds, *folds)) if seeds or folds else None
    if by_name is not None:
        units = tuple(seed for _, seed in by_name)
    arms, words, notes = _arms(
        runs, rest, options, [arm for arm, _ in by_name] if by_name else None, units, source
    )
    kinds = ((seeds, "seed"), (folds, "fold"))
    known = [f"{' + '.join(names)} = {kind}" for names, kind in kinds if names]
    seed_words = ", ".join(known) or "no seed is recorded"
    seed_words = "seed = from the runs' names" if by_name else seed_words
    block_words = [f"{' + '.join(blocks)} = data set"] * bool(blocks)
    from_names = words == FROM_NAMES
    if by_name and from_names:
        words, seed_words = "", "arm and seed = from the runs' names"
    return RunRoles(
        arms,
        _join(table, blocks) if blocks else ("",) * len(runs),
        units,
        ", ".join([*[words] * bool(words), *block_words, seed_words]),
        tuple(notes),
        "fold" if folds else "seed",
        () if from_names else tuple(_configured(runs, rest, units)),
    )


def parameter_table(runs: Sequence[LoggedRun]) -> Table:
    """The value of each run by parameter, in the order in which they are first met."""
    names = dict.fromkeys(name for run in runs for name in run.parameters)
    return {name: tuple(run.parameters.get(name, UNSET) for run in runs) for name in names}


def _varies(values: Sequence[str]) -> bool:
    return len(set(values)) > 1


def _seed_columns(table: Table, options: RoleOptions, source: str) -> tuple[str, ...]:
    """The parameters that hold the seed."""
    if options.seed is not None:
        return named_columns(options.seed, "seed", tuple(table), source)
    seeds = [name for name in table if _is_seed(name) and _varies(table[name])]
    seeds = seeds or [name for name in table if _is_seed(name)]
    distinct = [
        name
        for place, name in enumerate(seeds)
        if not any(_same_split(table[name], table[other]) for other in seeds[:place])
    ]
    if len(distinct) > 1:
        raise SuiteError(
            f"{source}: expected one parameter for the seed, got {shorten(distinct, 5)}: name it"
            f" with --seed (all of them as --seed {','.join(distinct[:5])})"
        )
    return tuple(distinct)


def _fold_columns(table: Table, options: RoleOptions, source: str) -> tuple[str, ...]:
    """The parameters that hold the fold of a cross-validation, where it differs between runs."""
    if options.fold is not None:
        return named_columns(options.fold, "fold", tuple(table), source)
    names = [name for name in table if name_rank(name, "fold") is not None]
    return tuple(name for name in names if _varies(table[name]))[:1]


def _is_seed(name: str) -> bool:
    """Whether the last part of a parameter's name says seed."""
    last = name.replace("/", ".").rpartition(".")[2]
    words = words_of(last)
    return "seed" in words or plain(last) in ("seed", "randomstate", "rngseed", "pytorchseed")


def _block_columns(table: Table, options: RoleOptions, source: str) -> tuple[str, ...]:
    """The parameters that say the data set, where it differs between runs."""
    if options.block is not None:
        return named_columns(options.block, "block", tuple(table), source)
    known = ("dataset", "datasets", "datasetname", "datasetid", "task", "taskname", "environment")
    last = {name: plain(name.replace("/", ".").rpartition(".")[2]) for name in table}
    names = [
        n for n in table if (last[n] in known or plain(n) in (*known, "env", "envid", "envname"))
    ]
    return tuple(name for name in names if _varies(table[name]))[:1]


def _same_split(first: Sequence[str], other: Sequence[str]) -> bool:
    """Whether two parameters tell the same runs apart."""
    pairs = len(set(zip(first, other, strict=True)))
    return pairs == len(set(first)) == len(set(other))


def _join(table: Table, names: Sequence[str]) -> tuple[str, ...]:
    return tuple("/".join(values) for values in zip(*(table[name] for name in names), strict=True))


def _arms(
    runs: Sequence[LoggedRun],
    table: Table,
    options: RoleOptions,
    by_name: Sequence[str] | None,
    units: Sequence[str] | None,
    source: str,
) -> tuple[tuple[str, ...], str, list[str]]:
    """The arm of each run, words on where it comes from, and notes."""
    varying = {name: values for name, values in table.items() if _varies(values)}
    configured = _configured(runs, varying, units)
    aside = [name for name in varying if name not in configured]
    notes = [f"not read as configuration: {', '.join(aside)}"] if aside else []
    if options.arm is not None:
        names = named_columns(options.arm, "arm", tuple(table), source)
        arms = _labels(table, names)
        _check_pure(arms, configured, names, source)
        return arms, f"{' + '.join(names)} = arm", notes
    if not configured:
        if by_name is not None and len(set(by_name)) > 1:
            return tuple(by_name), FROM_NAMES, notes
        return ("all runs",) * len(runs), "all runs = one arm", notes
    names = _telling(configured)
    arms = _labels(table, names)
    more = [name for name in configured if name not in names]
    if more:
        notes.append(f"what differs between arms too: {', '.join(more)}")
    return arms, f"{' + '.join(names)} = arm", notes


def _configured(
    runs: Sequence[LoggedRun], table: Table, units: Sequence[str] | None
) -> dict[str, tuple[str, ...]]:
    """The parameters that do not only note where a run was put."""
    return {
        name: values
        for name, values in table.items()
        if not (_varies(values) and _is_aside(runs, name, values, units))
    }


def _is_aside(
    runs: Sequence[LoggedRun], name: str, values: Sequence[str], units: Sequence[str] | None
) -> bool:
    """Whether a parameter notes where a run was put, and not what was configured.

    Its values are one a run, and it is a path, a name or a time by its name or its values; or it
    follows the seed, and its name says seed.
    """
    if units is not None and "seed" in words_of(name) and _same_split(values, units):
        return True
    if len(set(values)) < len(values):
        return False
    is_path = all("/" in value or "\\" in value for value in values)
    is_own_name = all(
        value in (run.name, run.location) for value, run in zip(values, runs, strict=True)
    )
    is_placing = bool({"dir", "folder", "logdir", "output", "path", "name"} & set(words_of(name)))
    return is_bookkeeping(name) or is_path or is_own_name or is_placing


def _telling(configured: Table) -> tuple[str, ...]:
    """The parameters that tell all configurations apart: those named as arms are first."""

    def rank(name: str) -> tuple[int, str]:
        known = name_rank(name, "arm")
        return (1000 if known is None else known, name)

    names: list[str] = []
    whole = len(set(zip(*configured.values(), strict=True)))
    for name in sorted(configured, key=rank):
        before = len(set(_join(configured, names))) if names else 1
        if len(set(_join(configured, [*names, name]))) > before:
            names.append(name)
        if len(set(_join(configured, names))) == whole:
            break
    return tuple(names)


def _labels(table: Table, names: Sequence[str]) -> tuple[str, ...]:
    """What an arm is called: its value where that is a word, else NAME=VALUE, parted by commas."""
    is_word = {
        name: name_rank(name, "arm") is not None and not all(map(_is_number, table[name]))
        for name in names
    }
    short = {name: name.replace("/", ".").rpartition(".")[2] for name in names}
    if len(set(short.values())) < len(names):
        short = {name: name for name in names}
    rows = zip(*(table[name] for name in names), strict=True)
    labels = [
        ", ".join(
            _cut(value) if is_word[name] else f"{short[name]}={_cut(value)}"
            for name, value in zip(names, row, strict=True)
        )
        for row in rows
    ]
    whole = _join(table, names)
    return tuple(labels) if len(set(labels)) == len(set(whole)) else whole


def _cut(value: str) -> str:
    return value if len(value) <= LONGEST else f"{value[: LONGEST - 3]}..."


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _check_pure(arms: Sequence[str], configured: Table, names: Sequence[str], source: str) -> None:
    """Raises SuiteError where runs of one arm were configured in different ways."""
    for name, values in configured.items():
        if name in names:
            continue
        for arm in dict.fromkeys(arms):
            own = {value for value, a in zip(values, arms, strict=True) if a == arm}
            if len(own) > 1:
                raise SuiteError(
                    f"{source}: runs of arm {arm} differ in {name} ({shorten(sorted(own), 4)}):"
                    f" --arm {','.join((*names, name))} tells them apart, --where keeps one,"
                    f" --ignore {name} takes them together"
                )
