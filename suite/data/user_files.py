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
from suite.data.columns import (
    Categories,
    Column,
    categories_of,
    column_of,
    column_of_array,
    count_rows,
    features_of,
    missing_in,
    refuse_mixed,
)
from suite.data.dataset import Dataset, Split
from suite.data.declared_files import read_declared
from suite.data.encoding import encode_columns, missing_words, require_numbers
from suite.data.sampling import rows, scaled
from suite.errors import SuiteError

MOST_UNPACKED_BYTES = 4 * 2**30
Table = Mapping[str, Column]

if TYPE_CHECKING:
    from suite.task.datasets import TableFile


def load_table(data: TableFile, stream_seed: int) -> Dataset:
    """The training and test rows of a table, with inputs and targets as the task names them.

    Each is (N, ...): numbers as 32-bit floats, whole numbers of targets as integers; of a target
    that is -1 or 1, class 0 and class 1; of one of words, their places in order.
    """
    table = _columns(data.file, data.sha256, data.na_values)
    field = f"data: {data.path}"
    for name in (*data.ignore, *(data.encode.as_categories if data.encode else ())):
        _require_known(field, table, name)
    targets = {name: _target(field, table, name) for name in data.targets}
    inputs = _inputs(data, field, table)
    _require_equal_lengths(field, table, [name for part in inputs.values() for name in part], data)
    is_test, count = _is_test(field, table, data.part), len(next(iter(targets.values())))
    chosen, held_out, numbers = rows(data, is_test, count, stream_seed)
    sides = {
        name: _both_sides(data, field, columns, chosen, held_out)
        for name, columns in inputs.items()
    }
    first, second = ({name: both[side] for name, both in sides.items()} for side in (0, 1))
    return Dataset(
        Split(first, {name: value[chosen] for name, value in targets.items()}),
        Split(second, {name: value[held_out] for name, value in targets.items()}, numbers),
    )


def _inputs(data: TableFile, field: str, table: Table) -> dict[str, Table]:
    """The columns of each input. Raises SuiteError for one that is not there."""
    if isinstance(data.inputs, dict):
        named: Mapping[str, Sequence[str]] = data.inputs
    else:
        others = (*data.targets, data.part, *data.ignore)
        named = {"inputs": data.inputs or features_of(field, table, others)}
    for name in (name for columns in named.values() for name in columns):
        _require_known(field, table, name)
    return {name: {column: table[column] for column in columns} for name, columns in named.items()}


def _require_equal_lengths(
    field: str, table: Table, inputs: Sequence[str], data: TableFile
) -> None:
    """Raises SuiteError where the arrays that are used do not have a row for each item."""
    used = [*inputs, *data.targets, *(name for name in table if name == data.part)]
    lengths = {name: count_rows(table[name]) for name in used}
    if len(set(lengths.values())) > 1 or 0 in lengths.values():
        words = ", ".join(f"{count} of {name}" for name, count in lengths.items())
        raise SuiteError(f"{field}: expected as many rows in every array, got {words:.200}")


def _both_sides(
    data: TableFile, field: str, columns: Table, chosen: torch.Tensor, held_out: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """An input of the training rows and of the test rows, encoded and scaled as declared."""
    if data.encode is not None:
        return encode_columns(
            field,
            data.encode,
            columns,
            (chosen.numpy(), held_out.numpy()),
            standardize=data.standardize,
        )
    values = _joined(field, columns).float()
    both = values[chosen], values[held_out]
    return scaled(*both) if data.standardize else both


@cache
def _columns(path: Path, sha256: str, na_values: tuple[str, ...] = ()) -> dict[str, Column]:
    """The arrays or columns of a file by name.

    Raises SuiteError where its bytes are others than declared.
    """
    content = read_declared(path, sha256)
    try:
        if path.suffix == ".npz":
            _refuse_large(content)
            with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
                return {name: column_of_array(arrays[name]) for name in arrays.files}
        import pandas as pd  # a second: only where a table is read

        frame = (
            pd.read_csv(io.BytesIO(content), na_values=list(na_values), low_memory=False)
            if path.suffix == ".csv"
            else pd.read_parquet(io.BytesIO(content))
        )
        if not frame.columns.is_unique:
            raise ValueError("expected another name for every column")
        return {str(name): column_of(frame[name]) for name in frame}
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


def _require_known(field: str, table: Table, name: str) -> None:
    if name not in table:
        raise SuiteError(f"{field}: expected one of {', '.join(table)}, got {name!r}")


def _target(field: str, table: Table, name: str) -> torch.Tensor:
    """The target (N, ...); of words, their places in order (N,). None may be missing."""
    _require_known(field, table, name)
    column = table[name]
    is_missing = missing_in(column)
    if is_missing.any():
        raise SuiteError(
            f"{field}: {name}: expected a target in every row, got {int(is_missing.sum())} missing"
            f" of {len(is_missing)}; leave these rows out"
        )
    if isinstance(column, Categories):
        refuse_mixed(f"{field}: {name}", column)
        return torch.from_numpy(column.codes.copy())
    return class_numbers(_tensor(f"{field}: {name}", column))[0]


def _joined(field: str, columns: Table) -> torch.Tensor:
    """The columns side by side, as one tensor (N, columns).

    A single array with more axes stays as it is. Raises SuiteError where a column is not of finite
    numbers, and where one of several arrays has more than one axis.
    """
    tensors = [_tensor(f"{field}: {name}", column) for name, column in columns.items()]
    if len(tensors) == 1:
        return tensors[0] if tensors[0].ndim > 1 else tensors[0][:, None]
    if any(tensor.ndim != 1 for tensor in tensors):
        raise SuiteError(
            f"{field}: expected one array, or several of one axis to put side by side, got"
            f" {', '.join(columns)}"
        )
    return torch.stack([tensor.float() for tensor in tensors], dim=1)


def _tensor(field: str, column: Column) -> torch.Tensor:
    """The numbers of a column (N, ...): floats of 32 bits, or integers. Raises SuiteError."""
    if isinstance(column, Categories):
        refuse_mixed(field, column)
        raise SuiteError(
            f'{field}: expected numbers, got words; add encode = {{ categories = "one-hot" }}, or'
            ' "ordinal", to the data'
        )
    require_numbers(field, column)
    if missing_in(column).any():
        raise SuiteError(missing_words(field, column))
    values = torch.from_numpy(np.array(column))  # a copy, for pandas lends read-only ones
    return values.float() if values.is_floating_point() else values.long()


def _is_test(field: str, table: Table, part: str | None) -> torch.Tensor | None:
    """Which rows are test rows (N,), where the column `part` says so."""
    if part is None:
        return None
    _require_known(field, table, part)
    column = categories_of(table[part])
    used = sorted({"nothing" if code < 0 else column.names[code] for code in column.codes})
    if used != ["test", "train"]:
        raise SuiteError(
            f"{field}: {part}: expected the words train and test, got {', '.join(used[:4])}"
        )
    return torch.from_numpy(column.codes == column.names.index("test"))
