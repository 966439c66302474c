"""Loss of power: the system calls of the real writer, replayed up to any of them, what was not
synced kept, lost or torn.

`python -m tests.torture.power TASK STORE` is the writer. Its calls are recorded by strace.
"""

from __future__ import annotations

import copy
import os
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from suite.errors import SuiteError
from suite.store.fsck import damage
from suite.store.store import open_store
from suite.task.loading import load_task
from tests.support.tasks import ROOT
from tests.torture.figures import Figure, differing, made, plan_of, runs

CALLS = "openat,pwrite64,write,ftruncate,fsync,fdatasync,unlink,unlinkat,link,linkat,rename,renameat,renameat2"
SECTOR = 512  # what a disk writes whole
SEEDS = 12


@dataclass
class Inode:
    """A file's content on the disk, and the changes that are not synced yet: (where, bytes), or
    (size, None).
    """

    content: bytearray = field(default_factory=bytearray)
    pending: list[tuple[int, bytes | None]] = field(default_factory=list)

    def settle(self, changes: list[tuple[int, bytes | None]]) -> bytearray:
        """The content after these changes."""
        content = bytearray(self.content)
        for at, data in changes:
            if data is None:
                del content[at:]
            else:
                content.extend(bytes(max(at - len(content), 0)))
                content[at : at + len(data)] = data
        return content


@dataclass
class Disk:
    """Names and files as programs see them, and as they are on the disk; `acknowledged`: how many
    runs were said to be stored.
    """

    names: dict[str, Inode] = field(default_factory=dict)
    kept: dict[str, Inode] = field(default_factory=dict)
    acknowledged: int = 0

    def apply(self, call: str, arguments: str, folder: str) -> bool:
        """Does one system call. Whether it was one of the store's."""
        words = [_plain(one) for one in re.findall(r'"([^"]*)"', arguments)]
        if call == "write" and b"stored " in (words or [b""])[0]:
            self.acknowledged = int(words[0].split()[1])
            return True
        paths = [_within(one, folder) for one in words]
        opened = re.match(r"\d+<([^>]*)>", arguments)
        target = _within(_plain(opened[1]), folder) if opened else ""
        if call == "openat" and paths[0] and "O_CREAT" in arguments:
            self.names.setdefault(paths[0], Inode())
            return True
        if call in ("pwrite64", "ftruncate") and target in self.names:
            numbers = arguments.rsplit(",", 1)[1].rstrip(") ")
            self.names[target].pending.append(
                (int(numbers), words[0] if call == "pwrite64" else None)
            )
            return True
        if call in ("fsync", "fdatasync") and target == ".":
            self.kept = dict(self.names)
            return True
        if call in ("fsync", "fdatasync") and target in self.names:
            one = self.names[target]
            one.content, one.pending = one.settle(one.pending), []
            return True
        if call.startswith("unlink") and paths[0] in self.names:
            del self.names[paths[0]]
            return True
        if call.startswith(("link", "rename")) and paths[0] in self.names:
            self.names[paths[1]] = self.names[paths[0]]
            if call.startswith("rename"):
                del self.names[paths[0]]
            return True
        return False

    def after_a_crash(self, drawn: random.Random) -> dict[str, bytes]:
        """The files that may be on the disk afterwards."""
        names = dict(self.kept if drawn.random() < 0.5 else self.names)
        return {
            name: bytes(one.settle(_surviving(one.pending, drawn))) for name, one in names.items()
        }


def _surviving(
    pending: list[tuple[int, bytes | None]], drawn: random.Random
) -> list[tuple[int, bytes | None]]:
    share = drawn.choice(
        (0.0, 0.5, 0.9, 1.0)
    )  # a disk may do them in any order: any of them may be missing
    found = [one for one in pending if drawn.random() < share]
    if found and drawn.random() < 0.5:
        at, data = found[-1]
        found[-1] = (at, data[: SECTOR * drawn.randint(0, len(data) // SECTOR)] if data else data)
    return found


def _plain(text: str) -> bytes:
    return bytes.fromhex(text.replace("\\x", "")) if text.startswith("\\x") else text.encode()


def _within(path: bytes, folder: str) -> str:
    """The path from the store's folder; "" for one elsewhere."""
    relative = os.path.relpath(os.path.join(folder, os.fsdecode(path)), folder)  # noqa: PTH118
    return "" if relative.startswith("..") else relative


def lost_power(folder: Path, task: Path, *, points: int) -> Figure:
    """Records the writer of a store, and crashes the replay at `points` of its calls."""
    name, how = (
        "loss of power",
        (
            f"the writer's own system calls, {points} crash points, un-synced writes lost,"
            " reordered or torn"
        ),
    )
    if shutil.which("strace") is None:
        return Figure(name, how, "not run: there is no strace here", True)
    states = list(_states(folder, task))
    plan, drawn = plan_of(load_task(task), SEEDS), random.Random(4)  # noqa: S311
    lost = malformed = 0
    for number in range(points):
        disk = copy.deepcopy(states[drawn.randrange(len(states))] if number else states[-1])
        place = folder / f"crash-{number}"
        place.mkdir()
        for file, content in disk.after_a_crash(drawn).items():
            (place / file).write_bytes(content)
        try:
            with open_store(place / "store.sqlite", create=True) as store:
                missing, double, wrong = differing(store.results(), plan)
            lost += len(list(runs(plan))) - missing < disk.acknowledged
            malformed += bool(double or wrong or damage(place / "store.sqlite"))
        except SuiteError:
            malformed += 1
        shutil.rmtree(place)
    found = (
        f"{len(states)} calls recorded: {lost} crashes lost a run that was stored, {malformed} left"
        " a malformed store"
    )
    return Figure(
        name,
        how,
        found,
        (lost, malformed) == (0, 0) and states[-1].acknowledged == len(list(runs(plan))),
    )


def _states(folder: Path, task: Path) -> Iterator[Disk]:
    """The disk after every call of the writer that touches the store."""
    trace = folder / "trace"
    command = [
        "strace",
        "-f",
        "-xx",
        "-y",
        "-s",
        "1000000",
        "-e",
        f"trace={CALLS}",
        "-o",
        str(trace),
    ]
    writer = [
        sys.executable,
        "-m",
        "tests.torture.power",
        str(task),
        str(folder / "written" / "store.sqlite"),
    ]
    (folder / "written").mkdir()
    place = str((folder / "written").resolve())
    subprocess.run([*command, *writer], check=True, stdout=subprocess.DEVNULL, cwd=ROOT)
    disk = Disk()
    for line in trace.read_text().splitlines():
        match = re.match(r"\d+ +(\w+)\((.*)\) += (\d+)", line)
        if match and disk.apply(match[1], re.sub(r"^AT_FDCWD<[^>]*>, ", "", match[2]), place):
            yield copy.deepcopy(disk)


def _write(task: Path, path: Path) -> None:
    plan = plan_of(load_task(task), SEEDS)
    with open_store(path, create=True) as store:
        for number, (job, seed) in enumerate(runs(plan), start=1):
            store.append(made(job, seed))
            os.write(1, f"stored {number}\n".encode())


if __name__ == "__main__":
    _write(Path(sys.argv[1]), Path(sys.argv[2]))
