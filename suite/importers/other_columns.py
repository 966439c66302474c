"""The columns without a role: ignored by name where they change nothing, else refused.

A column changes nothing where it is constant, follows the arm, the data set or the item, numbers
the runs, was measured, or says when and where something was run.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence

import numpy as np

from suite.errors import SuiteError
from suite.importers.role_keys import Keys
from suite.importers.role_names import (
    CURVES,
    ENDED_WELL,
    SPLITS,
    STATES,
    direction_of,
    is_bookkeeping,
    is_weak_name,
    name_rank,
    plain,
    words_of,
)
from suite.importers.role_options import shorten
from suite.importers.table_columns import Column, Columns, combine, count, determines
from suite.importers.table_rows import FILE, Rows
from suite.importers.value_columns import is_index


def check_other_columns(
    rows: Rows,
    columns: Columns,
    names: Sequence[str],
    keys: Keys,
    has_value: np.ndarray,
    *,
    average: bool,
) -> list[str]:
    """What is ignored, each with the reason in brackets where it is not plain.

    `has_value` (rows,): the rows that count. Raises SuiteError for a column that may change what is
    compared, with the options that settle it.
    """
    at = np.flatnonzero(has_value)
    arm, block, unit = (codes[at] for codes in (keys.arm.codes, keys.block.codes, keys.unit.codes))
    ignored, refused = [], []
    for name in names:
        codes = columns[name].codes[at]
        if average and not determines(combine(arm, block, unit), codes):
            continue  # said where the means are
        reason = _why_harmless(name, columns, codes, (arm, block, unit), keys)
        if reason is None:
            refused.append(name)
        elif name != FILE:
            ignored.append(f"{name} ({reason})" if reason else name)
    if refused:
        raise SuiteError(_refusal(rows, columns[refused[0]], at, keys, refused[1:]))
    return ignored


def _why_harmless(
    name: str,
    columns: Columns,
    codes: np.ndarray,
    key: tuple[np.ndarray, np.ndarray, np.ndarray],
    keys: Keys,
) -> str | None:
    """Why a column changes nothing, "" where its name tells; None where it may change something."""
    if is_index(columns, name):
        return "index"
    if is_bookkeeping(name) or name == FILE or count(codes) <= 1:
        return ""
    follows = _what_it_follows(codes, key, keys, is_arm=name_rank(name, "arm") is not None)
    is_condition = bool(SPLITS & set(words_of(name))) or any(
        name_rank(name, role) is not None for role in ("metric", "block")
    )
    if follows is not None:
        return None if is_condition and follows == "follows the arm" else follows
    if keys.unit_kind != "seed" and name_rank(name, "seed") is not None:
        return f"the {keys.unit_kind} tells runs apart"
    is_answer = keys.unit_kind == "item" and name_rank(name, "arm") is None
    is_output = is_answer or is_measured(columns, name)
    return "" if is_output and not is_condition else None


def _what_it_follows(
    codes: np.ndarray,
    key: tuple[np.ndarray, np.ndarray, np.ndarray],
    keys: Keys,
    *,
    is_arm: bool,
) -> str | None:
    """What a column is another word for; None where it varies by itself.

    `codes` (rows,): its levels. `key`: those of arm, data set and unit. `is_arm`: whether its name
    says an arm, which is no other word for a seed.
    """
    arm, block, unit = key
    if determines(block, codes):
        return "follows the data set"
    if determines(combine(arm, block), codes):
        return "follows the arm"
    if keys.unit_kind == "item" and determines(combine(block, unit), codes):
        return "follows the item"
    names_of_runs = (combine(*key), combine(arm, unit), *([] if is_arm else [unit]))
    is_name = any(determines(codes, run) and determines(run, codes) for run in names_of_runs)
    return "one a run" if is_name else None


def is_measured(columns: Columns, name: str) -> bool:
    """Whether a column holds numbers that were measured: most rows have their own."""
    if not columns.is_number(name):
        return False
    return direction_of(name) is not None or 2 * len(columns[name].levels) > len(columns)


def _refusal(rows: Rows, column: Column, at: np.ndarray, keys: Keys, more: Sequence[str]) -> str:
    """What a column may change, on the first rows that show it, and what settles it.

    `more`: other columns that may change something too.
    """
    home = combine(keys.arm.codes[at], keys.block.codes[at])
    first_of = np.unique(home, return_index=True)[1]
    differs = np.flatnonzero(column.codes[at] != column.codes[at][first_of[home]])
    if len(differs):
        a, b = int(at[first_of[home[differs[0]]]]), int(at[differs[0]])
        where = f"arm {keys.arm.shown(a)}" if not keys.is_wide else "an arm"
        block = f", data set {keys.block.shown(a)}" if keys.block_names else ""
        text = f"differs between the rows of {where}{block}"
    else:
        a, b = int(at[0]), int(at[np.flatnonzero(column.codes[at] != column.codes[at][0])[0]])
        text = "differs between the arms"
    also = ""
    if more:
        all_of_them = quoted(",".join((column.name, *more)))
        also = f"; so may {shorten(more, 6)}: --ignore {all_of_them}"
    seen = " and ".join(f"{column.shown(r)} in {describe_row(rows, r)}" for r in (a, b))
    return (
        f"{rows.source}: {column.name} {text} ({seen}): {settle(column, keys, average=False)},"
        f" or leave it out with --ignore {quoted(column.name)}{also}"
    )


def settle(column: Column, keys: Keys, *, average: bool) -> str:
    """The options that say what a column means."""
    ways = [f"choose with --where {quoted(_condition(column))}", *_namings(column, keys)]
    if average:
        ways.append("average with --average")
    return ", or ".join(ways)


def _namings(column: Column, keys: Keys) -> list[str]:
    """The role that a column could have, as the option that gives it."""
    name = column.name
    if words_of(name)[-1:] in (["iteration"], ["iter"]) and keys.unit_kind == "seed":
        return [f"pair repeated runs by it with --seed {quoted(name)}"]  # both use the word
    if (CURVES | STATES) & set(words_of(name)):
        return []
    says_seed = name_rank(name, "seed") is not None
    if name_rank(name, "item") is not None or is_weak_name(name, "item"):
        way = f"pair by it with --item {quoted(name)}"
    elif says_seed and keys.unit_kind == "item":
        way = f"take the items as data sets with --block {quoted(','.join(keys.unit_names))}"
    elif says_seed and keys.unit_kind == "seed":
        way = f"name both with --seed {quoted(','.join((*keys.unit_names, name)))}"
    elif keys.is_wide or name_rank(name, "block") is not None:
        way = f"tell data sets apart with --block {quoted(','.join((*keys.block_names, name)))}"
    elif column.is_one_per_row and keys.arm_names:
        way = ""
    else:
        way = f"compare by it with --arm {quoted(','.join((*keys.arm_names, name)))}"
    return [way] if way else []


def _condition(column: Column) -> str:
    """A condition that keeps one level: test data, ended runs, the last step, else the first."""
    name = column.name if column.name.isidentifier() else f"`{column.name}`"
    levels = [str(level) for level in column.levels]
    words = set(words_of(column.name))
    if column.is_number:
        return f"{name} == {max(levels, key=float) if words & CURVES else levels[0]}"
    wanted = ENDED_WELL if words & STATES else {"test"}
    return f"{name} == {next((level for level in levels if plain(level) in wanted), levels[0])!r}"


def quoted(text: str) -> str:
    """A text as a shell takes it for one word."""
    quote = shlex.quote(text)
    return quote if quote == text or set(text) & set('"$`!\\') else f'"{text}"'


def describe_row(rows: Rows, row: int) -> str:
    """Where a row stands, with its file where there are several."""
    place = rows.place(row)
    return place if len(rows.sources) > 1 else place.rpartition(": ")[2]
