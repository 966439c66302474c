"""Aim's folder `.aim`, which only Aim itself reads: a database of RocksDB. Seen with Aim 3.29."""

from __future__ import annotations

from pathlib import Path

from suite.errors import SuiteError
from suite.importers.runs.logged import RunLog

PARTS = ("meta", "seqs")


def is_aim_folder(path: Path) -> bool:
    """Whether a folder is `.aim`, or holds it."""
    return any(all((root / part).is_dir() for part in PARTS) for root in (path, path / ".aim"))


def refuse_aim_folder(path: Path) -> RunLog:
    """Raises SuiteError that says what to do."""
    raise SuiteError(
        f"{path}: Aim's database (.aim), which only Aim reads: export the table of runs as CSV from"
        " its page (`aim up`), and compare that file"
    )
