"""Any file, folder, pattern or template of paths as tables, before anything says what they mean."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from suite.errors import SuiteError
from suite.importers.cells import column_of_names
from suite.importers.found_files import FoundFiles, find_files
from suite.importers.measured_table import Frame
from suite.importers.reading_progress import counted
from suite.importers.table_files import read_content, read_file
from suite.importers.table_rows import as_text

STANDARD_INPUT = "-"


def _read_standard_input() -> bytes:
    return sys.stdin.buffer.read()


def read_frames(word: str, *, stdin: Callable[[], bytes] = _read_standard_input) -> list[Frame]:
    """The tables that `word` names, one a file, or one a sheet of a workbook.

    `word`: a file, "-" for what `stdin` returns, a folder, a pattern such as "runs/*.csv", or a
    template such as "runs/{method}/{seed}/metrics.csv", whose names become columns before those of
    the file. A note on the first table says how many files were read and which were not. Raises
    SuiteError naming file, row and column.
    """
    if word == STANDARD_INPUT:
        return read_content("standard input", "", stdin())
    found = find_files(word)
    roles = _roles_of_files(found)
    frames = [
        _with_roles(frame, {name: values.iloc[place] for name, values in roles.items()})
        for place, file in enumerate(counted(found.files, "files"))
        for frame in read_file(file.path)
    ]
    notes = _notes(found)
    return [replace(frames[0], notes=(*notes, *frames[0].notes)), *frames[1:]]


def _roles_of_files(found: FoundFiles) -> dict[str, pd.Series]:
    """What the paths say, by name: numbers where they all are, else text."""
    names = found.files[0].roles
    return {
        name: column_of_names([as_text(file.roles[name]) for file in found.files]) for name in names
    }


def _with_roles(frame: Frame, roles: Mapping[str, object]) -> Frame:
    """The table with a column for each role. Raises SuiteError where it says something else."""
    table = frame.frame
    for name, value in reversed(list(roles.items())):
        if name not in table:
            dtype = float if isinstance(value, float) else object
            column = pd.Series([value] * len(table), dtype=dtype)
            table = pd.concat([column.rename(name), table], axis=1)
        elif not (table[name] == value).all():
            row = int(np.argmax(table[name].to_numpy() != value))
            raise SuiteError(
                f"{frame.source}: row {row + 1}: {name}: expected {value} as in the path, got"
                f" {table[name].iloc[row]}: give the name in braces another name"
            )
    return replace(frame, frame=table)


def _notes(found: FoundFiles) -> Sequence[str]:
    """How many files were read, where a word names several, and which were not."""
    names = [path.name for path in found.left_out]
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    read = [f"files read: {len(found.files)}"] * (len(found.files) > 1 or bool(names))
    return [*read, *[f"not read: {', '.join(names[:5])}{more}"] * bool(names)]
