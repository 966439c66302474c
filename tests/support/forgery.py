"""Records as somebody else publishes them: edited, with the SHA-256 of each line made anew."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

Line = dict[str, Any]


def rewrite(path: Path, edit: Callable[[Line], Line | None]) -> None:
    """Edits every line of a file of records; a line of which nothing is left is dropped."""
    lines = []
    for text in path.read_text().splitlines():
        line = json.loads(text)
        del line["sha256"]
        edited = edit(line)
        if edited is not None:
            digest = hashlib.sha256(json.dumps(edited).encode()).hexdigest()
            lines.append(json.dumps({**edited, "sha256": digest}))
    path.write_text("".join(f"{line}\n" for line in lines))


def without_items(line: Line) -> Line:
    """The line without what it says of single test items, which would contradict another value."""
    return {k: v for k, v in line.items() if k not in ("items", "items_metric", "test_set")}


def edit_plan(folder: Path, edit: Callable[[Line], None]) -> None:
    """Edits the plan that lies with records: the task, and the questions by arm."""

    def changed(line: Line) -> Line:
        if line["kind"] == "plan":
            edit(line["document"])
        return line

    rewrite(folder / "_documents.jsonl", changed)
