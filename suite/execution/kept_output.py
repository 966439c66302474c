"""What people can see of a run beside its record: its output, its epoch, and its loop's own files.

They lie in a folder beside the store, below the names of task and arm: `seed-3-0123456.log`, and
for what a loop writes the folder `seed-3-0123456`. No record and no verdict depends on them.
"""

from __future__ import annotations

import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from suite.plan.job import Job

MAX_BYTES = 2**20  # of the output of a run
FIRST_BYTES = 2**16  # of a longer one, its beginning is kept, and of the rest the last half MiB
LEFT_OUT = b"\n[... %d bytes left out ...]\n"


def runs_folder(store: Path) -> Path:
    """The folder of what the runs of a store leave beside their records."""
    return store.absolute().with_name(f"{store.stem}-runs")


def place_of(job: Job) -> Path | None:
    """Where a job's output goes, without ending; None where it is not kept.

    A job of several seeds has one output, under the first of them.
    """
    if not job.kept_in:
        return None
    seed = job.seeds[0]
    return Path(job.kept_in) / job.task / job.cell / f"seed-{seed}-{job.key(seed)[:7]}"


def make_run_folder(place: Path) -> Path:
    """An empty folder for what a loop writes; what an earlier attempt left in it is removed."""
    shutil.rmtree(place, ignore_errors=True)
    make_parents(place)
    place.mkdir()
    return place


@dataclass
class Watched:
    """What is kept of a job that runs. `epoch_file`: where its process says its epoch.

    A disk that takes nothing more costs the output, never the run.
    """

    place: Path | None
    epoch_file: Path
    written: int = 0
    left_out: int = 0

    def __post_init__(self) -> None:
        if self.place is not None:
            with suppress(OSError):
                log_path(self.place).unlink(missing_ok=True)

    def take(self, printed: bytes) -> None:
        """Adds to the output, and shows the epoch."""
        if self.place is None:
            return
        with suppress(OSError):
            if printed:
                self._append(self.place, printed)
            self._show_epoch(self.place)

    def finish(self) -> None:
        """Removes what only a running job has, and a folder in which nothing was written."""
        self.epoch_file.unlink(missing_ok=True)
        if self.place is not None:
            with suppress(OSError):
                epoch_path(self.place).unlink(missing_ok=True)
                self.place.rmdir()

    def _append(self, place: Path, printed: bytes) -> None:
        make_parents(place)
        with log_path(place).open("ab") as log:
            log.write(printed)
        self.written += len(printed)
        if self.written > MAX_BYTES:
            self._shorten(log_path(place))

    def _shorten(self, log: Path) -> None:
        """Keeps the beginning and the end, and says how much is gone."""
        content = log.read_bytes()
        first, last = content[:FIRST_BYTES], content[-MAX_BYTES // 2 :]
        note = LEFT_OUT % self.left_out if self.left_out else b""
        self.left_out += len(content) - len(first) - len(last) - len(note)
        shorter = first + LEFT_OUT % self.left_out + last
        new = log.with_name(f"{log.name}.new")
        new.write_bytes(shorter)
        new.replace(log)
        self.written = len(shorter)

    def _show_epoch(self, place: Path) -> None:
        shown = epoch_path(place)
        if shown != self.epoch_file and self.epoch_file.is_file():
            make_parents(place)
            self.epoch_file.replace(shown)


def log_path(place: Path) -> Path:
    """The file of the output."""
    return place.with_name(f"{place.name}.log")


def epoch_path(place: Path) -> Path:
    """The file that says which epoch is done."""
    return place.with_name(f"{place.name}.epoch")


def make_parents(place: Path) -> None:
    """The folders around a place, of which git takes no note."""
    place.parent.mkdir(parents=True, exist_ok=True)
    ignored = place.parents[2] / ".gitignore"
    if not ignored.exists():
        ignored.write_text("*\n")
