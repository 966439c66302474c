"""Several rows of one arm, data set and unit: refused with what they differ in, or averaged."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from suite.errors import SuiteError
from suite.importers.other_columns import describe_row, is_measured, quoted, settle
from suite.importers.role_keys import Keys
from suite.importers.role_names import CURVES, direction_of, is_bookkeeping, name_rank, words_of
from suite.importers.role_options import shorten
from suite.importers.table_cells import Cells, cell_keys
from suite.importers.table_columns import Column, Columns
from suite.importers.table_rows import Rows
from suite.importers.value_columns import is_index


def check_duplicates(
    rows: Rows, columns: Columns, names: Sequence[str], keys: Keys, cells: Cells, *, average: bool
) -> list[str]:
    """A note on what is averaged, none where no two values are of one arm, data set and unit.

    Raises SuiteError for such values unless they may be averaged, naming those of the columns
    `names` in which their rows differ.
    """
    key = cell_keys(cells, keys)
    counts = np.bincount(key)
    if len(counts) == len(key):
        return []
    first = int(np.flatnonzero(counts[key] > 1)[0])
    same = cells.rows[key == key[first]]
    differing = [columns[name] for name in _differing(columns, names, same)]
    which = shorten([column.name for column in differing], 6)
    if average:
        many = int((counts > 1).sum())
        over = f", over {which}" if which else ""
        return [f"{many} of {len(counts)} values are means of several rows{over}"]
    text = (
        f"{rows.source}: several rows of {keys.describe(int(same[0]), cells.arm.shown(first))}"
        f" ({describe_row(rows, int(same[0]))} and {describe_row(rows, int(same[1]))})"
    )
    if not keys.unit_names and not any(CURVES & set(words_of(c.name)) for c in differing):
        ways = _ways(differing, keys)
        raise SuiteError(f"{text}{_unpaired(columns, keys, which, ways)}")
    if differing:
        raise SuiteError(
            f"{text}, which differ in {which}: {settle(differing[0], keys, average=True)}"
        )
    raise SuiteError(f"{text}: expected one: remove the other, or average them with --average")


def _ways(differing: Sequence[Column], keys: Keys) -> str:
    """What the first column in which rows differ may be, if it is no seed; "" for nothing."""
    if not differing or name_rank(differing[0].name, "seed") is not None:
        return ""
    both = quoted(",".join((*keys.block_names, differing[0].name)))
    return (
        f"{settle(differing[0], keys, average=False)}, or tell data sets apart with --block {both}"
    )


def _unpaired(columns: Columns, keys: Keys, differing: str, ways: str) -> str:
    """What to do where no column says which rows belong together.

    `differing`: the columns in which rows differ. `ways`: what the first of them may be.
    """
    if keys.is_wide:
        return (
            ": expected a column that says which seed, item or data set a row is, found"
            f" {shorten(columns.names, 12)}: name it with --seed, --item or --block"
        )
    arm = "" if keys.arm_names else " and that of the arm with --arm"
    differ = f" (they differ in {differing})" if differing else ""
    more = f", or {ways}" if ways else ""
    return (
        ", which do not pair by position: name the column that pairs them with --seed, --item or"
        f" --fold{differ}{arm}{more}, or compare without pairs with --unpaired"
    )


def _differing(columns: Columns, names: Sequence[str], same: np.ndarray) -> list[str]:
    """The columns in which the rows `same` differ: what was chosen before what was noted."""
    varying = [
        name
        for name in names
        if len(np.unique(columns[name].codes[same])) > 1 and not is_index(columns, name)
    ]
    chosen = [
        name
        for name in varying
        if not is_bookkeeping(name)
        and not is_measured(columns, name)
        and not columns[name].is_one_per_row
    ]
    curves = [name for name in varying if CURVES & set(words_of(name))]
    noted = [name for name in varying if is_bookkeeping(name) and not direction_of(name)]
    own = [name for name in varying if columns[name].is_one_per_row]
    return next((kind for kind in (chosen, curves, noted, own) if kind), [])
