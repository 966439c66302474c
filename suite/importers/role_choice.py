"""Which column says the arm, the data set, and the seed, item or fold of a row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from suite.errors import SuiteError
from suite.importers.measured_table import TableUnit
from suite.importers.role_names import Role, is_index_name, is_weak_name, name_rank
from suite.importers.role_options import RoleOptions, named_columns
from suite.importers.table_columns import Columns, combine, count, determines

ROLES: tuple[Role, ...] = ("arm", "block", "seed", "item", "cluster", "fold")


@dataclass(frozen=True)
class Candidates:
    """The columns that could have each role, the best first; those that an option names alone."""

    columns: Columns
    options: RoleOptions
    source: str

    def named(self, role: Role) -> tuple[str, ...]:
        """The columns that the option of the role names."""
        wanted: str | None = getattr(self.options, role)
        return named_columns(wanted, role, self.columns.names, self.source)

    def known(self, role: Role) -> list[str]:
        """The columns whose names say the role and that no option names for another.

        Numbers with fractions say none: in a wide table an arm may be called "policy".
        """
        elsewhere = {name for other in ROLES for name in self.named(other)}
        ranks = {name: name_rank(name, role) for name in self.columns if name not in elsewhere}
        known = {name: rank for name, rank in ranks.items() if rank is not None}
        if role == "fold":
            known |= {name: 99 for name in self._numbered_splits() if name not in elsewhere}
        usable = (
            name
            for name in known
            if not self.columns.is_empty(name) and self.columns.is_whole(name)
        )
        return sorted(usable, key=lambda name: known[name])

    def weak(self, role: Role) -> list[str]:
        """The columns whose names say the role where nothing else does."""
        elsewhere = {name for other in ROLES for name in self.named(other)}
        return [name for name in self.columns if is_weak_name(name, role) and name not in elsewhere]

    def _numbered_splits(self) -> list[str]:
        """Columns named `split` that hold numbers, not words such as train and test."""
        names = [name for name in self.columns if name.strip().casefold() == "split"]
        return [name for name in names if self.columns.is_number(name)]

    def taken(self) -> frozenset[str]:
        """The columns that hold no values, for their names say a role."""
        return frozenset(
            name
            for role in ROLES
            for name in (*self.named(role), *self.known(role), *self.weak(role))
        )


def choose_arm(candidates: Candidates, *, files: int) -> tuple[str, ...]:
    """The columns of the arm; none where a file is an arm."""
    if named := candidates.named("arm"):
        return named
    columns = candidates.columns
    known = candidates.known("arm")
    if finest := choose_finest(columns, known):
        return (finest,)
    weak = [name for name in candidates.weak("arm") if columns[name].varies]
    shared = [name for name in weak if not columns[name].is_one_per_row]
    if not known and shared:
        return (shared[0],)
    return (known[0],) if known and files == 1 else ()


def choose_block(candidates: Candidates) -> tuple[str, ...]:
    """The columns of the data set; none where the table knows of none."""
    if named := candidates.named("block"):
        return named
    known = candidates.known("block")
    finest = choose_finest(candidates.columns, known)
    return (finest,) if finest else tuple(known[:1])


def choose_finest(columns: Columns, names: Sequence[str]) -> str | None:
    """The first column that tells apart all that the others do, else the first that varies."""
    varying = [name for name in names if columns[name].varies]
    varying = [name for name in varying if not columns[name].is_one_per_row] or varying
    for name in varying:
        if all(determines(columns[name].codes, columns[other].codes) for other in varying):
            return name
    return varying[0] if varying else None


def choose_unit(
    candidates: Candidates, arm: np.ndarray, block: np.ndarray
) -> tuple[TableUnit, tuple[str, ...]]:
    """What rows pair by, and its columns: none where no column says it.

    `arm` and `block` (rows,): their levels. Folds of repeated cross-validation are a seed and a
    fold each; a fold that tells the runs of an arm apart needs no seed.
    """
    named = {role: candidates.named(role) for role in ROLES}
    if named["item"]:
        return "item", named["item"]
    if named["seed"] or named["fold"]:
        return "fold" if named["fold"] else "seed", (*named["seed"], *named["fold"])
    columns = candidates.columns
    items = _best(columns, candidates.known("item"), arm)
    if items:
        return "item", items
    seeds = _best(columns, candidates.known("seed"), arm)
    folds = [name for name in candidates.known("fold") if columns[name].varies][:1]
    if folds:
        key = combine(arm, block, columns[folds[0]].codes)
        return "fold", tuple(folds) if count(key) == len(key) else (*seeds, *folds)
    has_seeds = any(columns[name].varies for name in seeds)
    weak = () if has_seeds else _best(columns, candidates.weak("item"), arm)
    return ("item", weak) if weak else ("seed", seeds)


def _best(columns: Columns, names: Sequence[str], arm: np.ndarray) -> tuple[str, ...]:
    """The first that varies, else the first; numbers of runs over all arms pair nothing."""
    arms = count(arm)
    numbers_of_runs = {
        name
        for name in names
        if name_rank(name, "seed") != 0 and columns[name].is_one_per_row and 1 < arms < len(columns)
    }
    usable = [name for name in names if name not in numbers_of_runs]
    varying = [name for name in usable if columns[name].varies]
    return tuple((varying or usable)[:1])


def choose_cluster(
    candidates: Candidates, unit: TableUnit, unit_names: Sequence[str]
) -> tuple[str, ...]:
    """The columns of the clusters that items come in. Raises SuiteError for two kinds of them."""
    source, columns = candidates.source, candidates.columns
    if named := candidates.named("cluster"):
        if unit != "item":
            raise SuiteError(
                f"{source}: --cluster: expected items that come in clusters: name them with --item"
            )
        return named
    known = [
        name
        for name in candidates.known("cluster")
        if columns[name].varies and name not in unit_names
    ]
    if unit != "item" or not known:
        return ()
    first = columns[known[0]].codes
    for other in known[1:]:
        codes = columns[other].codes
        if not determines(first, codes) or not determines(codes, first):
            raise SuiteError(
                f"{source}: expected one kind of clusters, got {known[0]} and {other}: choose with"
                " --cluster"
            )
    return (known[0],)


def first_names(columns: Columns) -> str | None:
    """The first column where it names the rows: text of their own under a name that says nothing.

    Tables of data sets by methods have one.
    """
    first = columns.names[0]
    if is_index_name(first) and not columns.is_number(first) and columns[first].is_one_per_row:
        return first
    return None
