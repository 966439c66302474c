"""Runs in folders of TensorBoard's event files: a folder a run. Needs `suite[tensorboard]`.

As TensorBoard 2.10 to 2.21 read them: scalars of torch's writer and of TensorFlow 2, and the
hyperparameters of add_hparams.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from suite.importers.optional import load_optional
from suite.importers.reading_progress import counted
from suite.importers.runs.logged import LoggedRun, RunLog, make_curve

KIND = "TensorBoard"
PATTERN = "*tfevents*"
HPARAMS = "_hparams_/session_start_info"
EVENTS = "tensorboard.backend.event_processing"
HPARAMS_PLUGIN = "tensorboard.plugins.hparams"
Points = list[tuple[float, float, float]]  # value, step, seconds


def is_tensorboard_folder(path: Path) -> bool:
    """Whether a folder holds event files, or is one."""
    return path.is_dir() and next(path.rglob(PATTERN), None) is not None


def read_tensorboard_folder(path: Path) -> RunLog:
    """All runs below a folder. A file that ends within an event is read up to there, and named.

    Raises SuiteError where the package tensorboard is not installed.
    """
    files = defaultdict[Path, list[Path]](list)
    for file in sorted(path.rglob(PATTERN)):
        files[file.parent].append(file)
    notes: list[str] = []
    runs = [_read_run(folder, own, path, notes) for folder, own in counted(list(files.items()))]
    kept = tuple(run for run in runs if run.metrics or run.end == "failed")
    return RunLog(str(path), KIND, kept, tuple(notes))


def _read_run(folder: Path, files: list[Path], path: Path, notes: list[str]) -> LoggedRun:
    points = defaultdict[str, Points](list)
    parameters: dict[str, str] = {}
    damaged = len(notes)
    for file in files:
        for event in _events(file, notes):
            for value in event.summary.value:
                if value.tag == HPARAMS:
                    parameters |= _hyperparameters(value)
                elif (number := _scalar(value)) is not None:
                    points[value.tag].append((number, float(event.step), event.wall_time))
    name = folder.relative_to(path).as_posix()
    return LoggedRun(
        name=folder.name if name == "." else name,
        location=str(folder),
        parameters=parameters,
        metrics={
            tag: make_curve(
                [p[0] for p in own], steps=[p[1] for p in own], times=[p[2] for p in own]
            )
            for tag, own in points.items()
        },
        end="failed" if len(notes) > damaged and not points else "unknown",
        status="damaged" if len(notes) > damaged else "",
        started=min((p[2] for own in points.values() for p in own), default=None),
        files=tuple(files),
    )


def _events(file: Path, notes: list[str]) -> Iterator[Any]:
    """The events of a file, as far as it can be read."""
    loader = load_optional(f"{EVENTS}.event_file_loader", "tensorboard", str(file))
    count = 0
    try:
        for event in loader.LegacyEventFileLoader(str(file)).Load():
            count += 1
            yield event
    except Exception:  # the package has kinds of its own, and protobuf's
        notes.append(f"{file}: is damaged after {count} events: read so far")
        return
    if not _is_whole(file):
        notes.append(f"{file}: ends within an event, after {count} whole ones: read so far")


def _is_whole(file: Path) -> bool:
    """Whether the records fill the file: each is a length, its checksum, content, its checksum."""
    size, place = file.stat().st_size, 0
    with file.open("rb") as opened:
        while place + 16 <= size:
            opened.seek(place)
            place += 16 + int.from_bytes(opened.read(8), "little")
    return place == size


def _scalar(value: Any) -> float | None:
    """The number of a summary; None where it is an image, a text or the like."""
    kind = value.WhichOneof("value")
    if kind == "simple_value":
        return float(value.simple_value)
    if kind != "tensor" or value.metadata.plugin_data.plugin_name not in ("scalars", ""):
        return None
    tensor_util = load_optional("tensorboard.util.tensor_util", "tensorboard", value.tag)
    numbers = tensor_util.make_ndarray(value.tensor)
    return float(numbers) if numbers.size == 1 and numbers.dtype.kind in "fiu" else None


def _hyperparameters(value: Any) -> dict[str, str]:
    messages = load_optional(f"{HPARAMS_PLUGIN}.plugin_data_pb2", "tensorboard", value.tag)
    data = messages.HParamsPluginData.FromString(value.metadata.plugin_data.content)
    texts = {}
    for name, given in data.session_start_info.hparams.items():
        kind = given.WhichOneof("kind")
        number = getattr(given, kind) if kind else ""
        texts[str(name)] = f"{number:g}" if isinstance(number, float) else str(number)
    return texts
