"""A run in W&B's file run-ID.wandb, which is written online and offline, whether synced or not.

Fields as wandb/proto/wandb_internal.proto numbers them; seen with wandb 0.31. `step` is W&B's own
count of calls of log(); a logged "epoch" is the epoch of what was logged with it.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from suite.errors import SuiteError
from suite.importers.bounds import MAX_CELLS, SMALLER
from suite.importers.role_names import plain
from suite.importers.runs.flat import flat_text
from suite.importers.runs.logged import Curve, End, LoggedRun, make_curve, single_value
from suite.importers.runs.protobuf_wire import (
    Value,
    double,
    fields,
    integer,
    messages,
    text,
    zigzag,
)
from suite.importers.runs.run_table_files import EPOCHS
from suite.importers.runs.wandb_records import RecordFile

HISTORY, SUMMARY, CONFIG, RUN, EXIT = 2, 3, 5, 17, 18  # of a record
UPDATE, REMOVE = 1, 2  # of a configuration and of a summary
ITEM, STEP = 1, 2  # of a history
KEY, NESTED_KEY = 1, 2  # of an item
INTEGER, NUMBER, JSON_TEXT, VALUE_JSON = 5, 6, 8, 16
CONFIG_OF_RUN, GROUP, JOB_TYPE, DISPLAY_NAME, START_TIME, PROJECT = 4, 6, 7, 8, 17, 3
MEDIA = "._type"
AXES = ("_step", "_timestamp", "_runtime")


@dataclass(frozen=True)
class FileOfRun:
    """A run as its file tells it. `damage`: why the file was read no further, or ""."""

    run: LoggedRun
    damage: str = ""
    set_by_hand: tuple[str, ...] = ()


@dataclass
class _Seen:
    """What the records so far say. Of each call of log(): `steps`, `times`, `epochs`.

    `points`: which calls logged a metric, and its values. `media`: names of images and the like.
    """

    about: dict[str, Any] = field(default_factory=dict)
    config: dict[str, Any] = field(default_factory=dict)
    summary: dict[str, float] = field(default_factory=dict)
    steps: array[float] = field(default_factory=lambda: array("d"))
    times: array[float] = field(default_factory=lambda: array("d"))
    epochs: array[float] = field(default_factory=lambda: array("d"))
    points: dict[str, tuple[array[int], array[float]]] = field(default_factory=dict)
    media: set[str] = field(default_factory=set)
    count: int = 0
    exit_code: int | None = None


def read_wandb_file(file: Path) -> FileOfRun | None:
    """The run in a file, as far as that can be read; None where it holds none, not even its start.

    Raises SuiteError where the file cannot be opened, and where it holds too much.
    """
    records, seen = RecordFile(file), _Seen()
    try:
        for record in records.records():
            _note(seen, record)
            if seen.count > MAX_CELLS:
                raise SuiteError(f"{file}: expected at most {MAX_CELLS:,} logged values: {SMALLER}")
    except OSError as error:
        raise SuiteError(f"{file}: cannot read it: {error.strerror or error}") from None
    except (ValueError, RecursionError) as error:
        records.damage = f"is damaged after {records.count - 1} records ({error})"
    if not seen.about:
        return None
    curves = _curves(seen)
    return FileOfRun(_run(file, seen, curves, records.damage), records.damage, _moved(seen, curves))


def _note(seen: _Seen, record: bytes) -> None:
    """Adds what a record says. Raises ValueError where it is no message."""
    for number, content in fields(record):
        if not isinstance(content, bytes):
            continue
        if number == RUN:
            seen.about |= _about(content)
            for config in messages(content, CONFIG_OF_RUN):
                _note_config(seen.config, config)
        elif number == CONFIG:
            _note_config(seen.config, content)
        elif number == HISTORY:
            _note_history(seen, content)
        elif number == SUMMARY:
            _note_summary(seen, content)
        elif number == EXIT:
            seen.exit_code = integer(content, 1) or 0


def _about(run: bytes) -> dict[str, Any]:
    start = next(messages(run, START_TIME), b"")
    return {
        "name": text(run, DISPLAY_NAME),
        "project": text(run, PROJECT),
        "group": text(run, GROUP),
        "job_type": text(run, JOB_TYPE),
        "started": (integer(start, 1) or 0) + (integer(start, 2) or 0) / 1e9 or None,
    }


def _note_config(config: dict[str, Any], content: bytes) -> None:
    for item in messages(content, UPDATE):
        config[_key(item)] = json.loads(text(item, VALUE_JSON) or "null")
    for item in messages(content, REMOVE):
        config.pop(_key(item), None)


def _note_summary(seen: _Seen, content: bytes) -> None:
    for item in messages(content, UPDATE):
        seen.summary.update(_numbers(seen, item))
    for item in messages(content, REMOVE):
        seen.summary.pop(_key(item), None)


def _note_history(seen: _Seen, content: bytes) -> None:
    row = {name: v for item in messages(content, ITEM) for name, v in _numbers(seen, item)}
    step = next((integer(step, 1) or 0 for step in messages(content, STEP)), None)
    place = len(seen.steps)
    seen.steps.append(row.get("_step", np.nan) if step is None else float(step))
    seen.times.append(row.get("_timestamp", np.nan))
    seen.epochs.append(next((v for name, v in row.items() if plain(name) in EPOCHS), np.nan))
    for name, value in row.items():
        if name not in AXES:
            places, values = seen.points.setdefault(name, (array("q"), array("d")))
            places.append(place)
            values.append(value)
            seen.count += 1


def _key(item: bytes) -> str:
    return _parts(item)[0]


def _parts(item: bytes) -> tuple[str, int, Value]:
    """The name of an item, nested ones joined by dots; the number of its value's field; that."""
    names: list[bytes] = []
    kind: int = 0
    value: Value = b""
    for number, content in fields(item):
        if number in (KEY, NESTED_KEY) and isinstance(content, bytes):
            names.append(content)
        elif number in (INTEGER, NUMBER, JSON_TEXT, VALUE_JSON):
            kind, value = number, content
    return b".".join(names).decode("utf-8", "replace"), kind, value


def _numbers(seen: _Seen, item: bytes) -> Iterator[tuple[str, float]]:
    """The numbers of an item by name; none of a text, a truth value, an image or a histogram."""
    name, kind, value = _parts(item)
    if isinstance(value, int):
        yield name, float(zigzag(value))
    elif kind == NUMBER:
        yield name, double(value)
    elif name.endswith(MEDIA):
        seen.media.add(name.removesuffix(MEDIA))
    else:
        yield from _numbers_in(name, value)


def _numbers_in(name: str, value: bytes) -> Iterator[tuple[str, float]]:
    if value[:1] == b"{":
        yield from numbers_within(json.loads(value), name)
    elif value[:1] not in (b"[", b'"', b"t", b"f", b"n", b""):
        yield name, float(value)


def numbers_within(value: Any, name: str = "") -> Iterator[tuple[str, float]]:
    """The numbers in a summary, nested names joined by dots; media and histograms have none."""
    if isinstance(value, dict):
        for key, inner in value.items() if "_type" not in value else ():
            yield from numbers_within(inner, f"{name}.{key}" if name else str(key))
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield name, float(value)


def _curves(seen: _Seen) -> dict[str, Curve]:
    """The curve of all that was logged, and a point of what only the summary has."""
    steps, times, epochs = (np.asarray(axis) for axis in (seen.steps, seen.times, seen.epochs))
    curves = {}
    for name, (places, values) in seen.points.items():
        where = np.asarray(places)
        curves[name] = make_curve(
            values, steps=steps[where], times=times[where], epochs=epochs[where]
        )
    once = {name: single_value(value) for name, value in seen.summary.items() if name[:1] != "_"}
    return {n: c for n, c in (once | curves).items() if n.rpartition(".")[0] not in seen.media}


def _moved(seen: _Seen, curves: Mapping[str, Curve]) -> tuple[str, ...]:
    """The metrics whose summary is another number than what was logged last."""
    both = [name for name in curves if name in seen.points and name in seen.summary]
    ends = np.array([[seen.summary[name], curves[name].values[-1]] for name in both])
    differ = (
        ~np.isclose(ends[:, 0], ends[:, 1], rtol=1e-9, atol=0.0, equal_nan=True) if both else ()
    )
    return tuple(name for name, is_other in zip(both, differ, strict=True) if is_other)


def _run(file: Path, seen: _Seen, metrics: Mapping[str, Curve], damage: str) -> LoggedRun:
    placing = {n: seen.about[n] for n in ("project", "group", "job_type") if seen.about[n]}
    config = {n: value for n, value in seen.config.items() if not n.startswith("_wandb")}
    end: End = "failed" if seen.exit_code else "finished"
    status = f"exit code {seen.exit_code}" if seen.exit_code else ""
    if seen.exit_code is None:
        end, status = "running", "damaged" if damage else "no end was recorded"
    return LoggedRun(
        name=seen.about["name"] or file.stem,
        location=str(file),
        parameters=placing | flat_text(config),
        metrics=metrics,
        end=end,
        status=status,
        started=seen.about["started"],
        is_named_by_people=bool(seen.about["name"]),
        files=(file,),
    )
