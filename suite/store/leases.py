"""Which runner holds which run, as rows of the table `leases`.

Each row is written in the caller's transaction.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection

RunKey = tuple[str, str]  # of a run: key and environment


def take_leases(
    connection: sqlite3.Connection,
    runs: Collection[RunKey],
    runner: str,
    *,
    since: int,
    is_gone: Callable[[str], bool],
) -> tuple[set[RunKey], set[RunKey]]:
    """Which of the runs now belong to `runner`, and which to another one that is not gone.

    A run of which a record is newer than `since`, a position, belongs to nobody: it is done.
    """
    taken, others = set(), set()
    for run in runs:
        if _has_newer_record(connection, run, since):
            continue
        holder = _holder(connection, run)
        if holder is not None and holder != runner and not is_gone(holder):
            others.add(run)
            continue
        taken.add(run)
        sql = "INSERT OR REPLACE INTO leases (key, environment, runner) VALUES (?,?,?)"
        connection.execute(sql, (*run, runner))
    return taken, others


def release_run(connection: sqlite3.Connection, run: RunKey) -> None:
    """Ends whatever lease there is on a run."""
    connection.execute("DELETE FROM leases WHERE key = ? AND environment = ?", run)


def release_runner(connection: sqlite3.Connection, runner: str) -> None:
    """Ends all leases of a runner."""
    connection.execute("DELETE FROM leases WHERE runner = ?", (runner,))


def list_leases(connection: sqlite3.Connection) -> dict[RunKey, str]:
    """The runner of each run that is leased, gone or not."""
    sql = "SELECT key, environment, runner FROM leases"
    return {(str(key), str(env)): str(runner) for key, env, runner in connection.execute(sql)}


def _has_newer_record(connection: sqlite3.Connection, run: RunKey, since: int) -> bool:
    sql = "SELECT count(*) FROM records WHERE key = ? AND environment = ? AND position > ?"
    return bool(connection.execute(sql, (*run, since)).fetchone()[0])


def _holder(connection: sqlite3.Connection, run: RunKey) -> str | None:
    sql = "SELECT runner FROM leases WHERE key = ? AND environment = ?"
    row = connection.execute(sql, run).fetchone()
    return None if row is None else str(row[0])
