"""Data in a file of the user's: arrays in an NPZ, columns of a CSV or a Parquet file.

Only the declared bytes are read.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from suite.data.classes import class_numbers
from suite.data.dataset import Dataset, Split
from suite.data.declared_files import read_declared
from suite.data.sampling import rows, scaled
from suite.errors import SuiteError

MOST_UNPACKED_BYTES = 4 * 2**30

if TYPE_CHECKING:
    from suite.task.datasets import TableFile


def load_table(data: TableFile, stream_seed: int) -> Dataset:
    """The training and test rows of a table, with inputs and targets as the task names them.

    Each is (N, ...): numbers as 32-bit floats, whole numbers of targets as integers; of a target
    that is -1 or 1, class 0 and class 1.
    """
    table = _columns(data.file, data.sha256)
    field = f"data: {data.path}"
    targets = {
        name: class_numbers(_joined(field, table, (name,), flat=True))[0] for name in data.targets
    }
    is_test, count = _is_test(field, table, data.part), len(next(iter(targets.values())))
    known = [name for name in table if name not in (*data.targets, data.part)]
    named = (
        data.inputs if isinstance(data.inputs, dict) else {"inputs": data.inputs or tuple(known)}
    )
    inputs = {name: _joined(field, table, columns).float() for name, columns in named.items()}
    chosen, held_out, numbers = rows(data, is_test, count, stream_seed)
    sides = {name: (values[chosen], values[held_out]) for name, values in inputs.items()}
    if data.standardize:
        sides = {name: scaled(*both) for name, both in sides.items()}
    first, second = ({name: both[side] for name, both in sides.items()} for side in (0, 1))
    return Dataset(
        Split(first, {name: value[chosen] for name, value in targets.items()}),
        Split(second, {name: value[held_out] for name, value in targets.items()}, numbers),
    )


@cache
def _columns(path: Path, sha256: str) -> dict[str, np.ndarray]:
    """The arrays or columns of a file by name.

    Raises SuiteError where its bytes are others than declared.
    """
    content = read_declared(path, sha256)
    try:
        if path.suffix == ".npz":
            _refuse_large(content)
            with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
                return {name: arrays[name] for name in arrays.files}
        import pandas as pd  # a second: only where a table is read

        frame = (
            pd.read_csv(io.BytesIO(content))
            if path.suffix == ".csv"
            else pd.read_parquet(io.BytesIO(content))
        )
        return {str(name): frame[name].to_numpy() for name in frame}
    except ImportError:
        raise SuiteError(
            f"data: {path.name}: Parquet files need pyarrow; pip install 'suite[parquet]'"
        ) from None
    except Exception as error:  # whatever a reader says of a file that is no such file
        raise SuiteError(
            f"data: {path.name}: cannot be read as {path.suffix[1:]}: {error}".replace("\n", " ")
        ) from None


def _refuse_large(content: bytes) -> None:
    """Raises ValueError for an archive that says that it unpacks to too much."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        total = sum(member.file_size for member in archive.infolist())
    if total > MOST_UNPACKED_BYTES:
        raise ValueError(f"expected at most {MOST_UNPACKED_BYTES} bytes of arrays, got {total}")


def _joined(
    field: str, table: Mapping[str, np.ndarray], columns: Sequence[str], *, flat: bool = False
) -> torch.Tensor:
    """The named columns side by side, as one tensor (N, columns).

    A single array with more axes stays as it is; with `flat`, a single column is (N,). Raises
    SuiteError where a column is missing, is not numeric or holds a number that is not finite, and
    where one of several arrays has more than one axis.
    """
    for name in columns:
        if name not in table:
            raise SuiteError(f"{field}: expected one of {', '.join(table)}, got {name!r}")
        if table[name].dtype.kind not in "biuf":
            raise SuiteError(
                f"{field}: {name}: expected numbers, got {table[name].dtype}; encode them as"
                " numbers"
            )
        if not np.isfinite(table[name]).all():
            raise SuiteError(
                f"{field}: {name}: expected finite numbers, got a missing or infinite one"
            )
    if len(columns) == 1:
        values = table[columns[0]]
        # a copy, for pandas lends read-only ones
        joined = torch.from_numpy(np.array(values if flat or values.ndim > 1 else values[:, None]))
    elif any(table[name].ndim != 1 for name in columns):
        raise SuiteError(
            f"{field}: expected one array, or several of one axis to put side by side, got"
            f" {', '.join(columns)}"
        )
    else:
        joined = torch.from_numpy(np.stack([table[name] for name in columns], axis=1))
    return joined.float() if joined.is_floating_point() else joined.long()


def _is_test(field: str, table: Mapping[str, np.ndarray], part: str | None) -> torch.Tensor | None:
    """Which rows are test rows (N,), where the column `part` says so."""
    if part is None:
        return None
    if part not in table:
        raise SuiteError(f"{field}: expected one of {', '.join(table)}, got {part!r}")
    values = {str(value) for value in table[part]}
    if values != {"train", "test"}:
        raise SuiteError(
            f"{field}: {part}: expected the words train and test, got"
            f" {', '.join(sorted(values)[:4])}"
        )
    return torch.from_numpy(table[part].astype(str) == "test")
