"""What the options of `suite compare` say of a table's columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from suite.errors import SuiteError, suggestion
from suite.importers.role_names import plain


@dataclass(frozen=True)
class RoleOptions:
    """The columns that people name; several for one role are parted by commas.

    `metric`: one of those in the column of metrics, or a column. `where`: rows to keep. `ignore`:
    columns to leave out. `average`: several rows of one arm, block and unit are their mean.
    `unpaired`: rows may have no seed, item or fold.
    """

    arm: str | None = None
    block: str | None = None
    seed: str | None = None
    item: str | None = None
    cluster: str | None = None
    fold: str | None = None
    metric: str | None = None
    value: str | None = None
    where: str | None = None
    ignore: str | None = None
    average: bool = False
    unpaired: bool = False


def shorten(names: Sequence[str], most: int) -> str:
    """The first names, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def named_columns(
    wanted: str | None, option: str, columns: Sequence[str], source: str
) -> tuple[str, ...]:
    """The columns that an option names, also in other case where only one is like it.

    Raises SuiteError for one that is not there.
    """
    if wanted is None:
        return ()
    if wanted in columns:
        return (wanted,)
    names = [name.strip() for name in wanted.split(",")]
    return tuple(_find(name, option, columns, source) for name in names)


def _find(name: str, option: str, columns: Sequence[str], source: str) -> str:
    alike = [column for column in columns if plain(column) == plain(name)]
    if name in columns or len(alike) == 1:
        return name if name in columns else alike[0]
    raise SuiteError(
        f"{source}: --{option}: expected a column, got {name!r}; {suggestion(name, columns)}"
    )
