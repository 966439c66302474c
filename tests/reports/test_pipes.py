"""Reports that are written to a device or a pipe leave it in its place."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from suite.reports.writing import write_file


def test_a_file_of_many_parts_is_written_whole(tmp_path: Path) -> None:
    write_file(tmp_path / "x", (f"line {number}\n" for number in range(3)))
    assert (tmp_path / "x").read_text() == "line 0\nline 1\nline 2\n"


def test_a_pipe_is_written_to_and_stays(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write_file(pipe, "text\n")
    assert os.read(reader, 100) == b"text\n"
    os.close(reader)
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_device_stays_one() -> None:
    write_file(Path(os.devnull), "text\n")
    assert stat.S_ISCHR(Path(os.devnull).stat().st_mode)
