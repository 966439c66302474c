"""The line that says what a table was read as."""

from __future__ import annotations

from collections.abc import Sequence

from suite.importers.role_keys import Keys
from suite.importers.role_options import shorten
from suite.importers.value_columns import ValueColumns

LONGEST = 160


def reading_of(
    values: ValueColumns, keys: Keys, metric_column: str | None, ignored: Sequence[str]
) -> tuple[str, list[str]]:
    """One line on what each column is; and what it had no room for, as notes."""
    parts = []
    if not keys.is_wide:
        parts.append(f"{_together(keys.arm_names) or keys.arm.name} = arm")
    for names, word in (
        (keys.block_names, "data set"),
        (keys.unit_names, keys.unit_kind),
        (keys.cluster_names, "cluster"),
    ):
        if names:
            parts.append(f"{_together(names)} = {word}")
    if metric_column is not None:
        parts.append(f"{metric_column} = metric ({values.metric})")
    better = (
        f"{values.direction} is better"
        if values.direction
        else "which is better is not known: --direction"
    )
    parts.append(
        f"{shorten(values.names, 6)} = arms ({better})"
        if values.is_wide
        else f"{values.names[0]} = value ({better})"
    )
    line = f"read: {', '.join(parts)}"
    option = "--metric" if metric_column is None else "--value"
    return _with_lists(line, values.others, f" ({option})", ignored)


def _with_lists(
    line: str, others: Sequence[str], option: str, ignored: Sequence[str]
) -> tuple[str, list[str]]:
    """The line with all that was left out, or with as much as it has room for."""

    def full(most: int) -> str:
        metrics = f"; other metrics: {shorten(others, most)}{option}" if others else ""
        return line + metrics + (f"; ignored: {shorten(ignored, most)}" if ignored else "")

    length = max(len(others), len(ignored), 1)
    most = next((n for n in range(length, 1, -1) if len(full(n)) <= LONGEST), 1)
    notes = []
    if len(others) > most:
        notes.append(f"other metrics: {', '.join(others)}")
    if len(ignored) > most:
        notes.append(f"ignored columns: {', '.join(ignored)}")
    return full(most), notes


def _together(names: Sequence[str]) -> str:
    return " + ".join(names)
