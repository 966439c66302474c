"""Files from strangers: each is read to its end by what reads it, or refused in one line.

A good file, in which values, names, bytes are exchanged; digests are made anew, so that what is in
it is what is tried. Every output that could be made of it is made.
"""

from __future__ import annotations

import hashlib
import io
import json
import random
import sqlite3
import zipfile
from collections.abc import Callable
from contextlib import closing, redirect_stdout, suppress
from pathlib import Path
from typing import Any

from suite.analysis.compare_table import compare_table
from suite.errors import SuiteError, visible
from suite.importers.roles import RoleOptions
from suite.importers.source_word import ReadOptions
from suite.importers.sources import read_sources
from suite.reports.details import run_lines
from suite.reports.export.tables import as_csv, as_json_lines
from suite.reports.report_files import make_html, make_report
from suite.reports.results_table.html_page import as_html
from suite.reports.results_table.latex_text import as_latex
from suite.reports.terminal.analysis import print_analysis
from suite.reports.writing import write_within
from suite.store.fsck import damage
from suite.store.merge import merge
from suite.store.record_reading import read_records
from suite.store.record_writing import as_files
from suite.store.records import reported_records
from suite.store.store import open_store
from suite.store.tables import DOCUMENTS, RECORDS, row_digest
from suite.verification.certificate import as_json, certificates, read_certificates
from suite.verification.checks import check
from suite.verification.tolerance import tolerated
from tests.support.stores import make_store
from tests.support.tasks import ROOT, disc_task
from tests.torture.figures import Figure

with suppress(ImportError):
    import zipfile_zstd  # noqa: F401  the good log is compressed so

MARKS = ("\x1b[31m", "<script>", "](http")
VALUES: tuple[Any, ...] = (
    None, True, False, -1, 0, 1.5, 1e308, -1e308, 1e-320, 2**63, 10**400, float("nan"), float("inf"), "", "../../../x", "/etc/x",
    "\x1b[31mred", "<script>alert(1)</script>", "![x](http://x/y)", "a\nb", "\u202e", "\ud800", "$\\frac{$", "x" * 30_000, "0-999999999", "0x1.0p+9999",
    "nan", "1e400", "9" * 400, "%s{}", "=1+1", [], {}, [[]], [1, "a", None], {"a": {"b": [1]}}, json.loads("[" * 150 + "]" * 150),
)  # fmt: skip
LOGS = ROOT / "tests" / "importers" / "logs"
Read = Callable[[random.Random, Path], None]


def places(value: Any, before: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to each value in a JSON document, by names and numbers."""
    inner = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value[:20])
        if isinstance(value, list)
        else ()
    )
    return [place for key, one in inner for place in ((*before, key), *places(one, (*before, key)))]


def mutate(drawn: random.Random, document: Any) -> Any:
    """A copy with one to three values exchanged, removed or renamed."""
    document = json.loads(json.dumps(document))
    for _ in range(drawn.randint(1, 3)):
        known = places(document)
        if not known:
            return drawn.choice(VALUES)
        *way, last = drawn.choice(known)
        inside = document
        for key in way:
            inside = inside[key]
        act = drawn.randrange(6)
        if act == 0:
            del inside[last]
        elif act == 1 and isinstance(inside, dict):
            inside[str(drawn.choice(VALUES))] = inside.pop(last)
        else:
            inside[last] = drawn.choice(VALUES)
    return document


def flip(drawn: random.Random, content: bytes) -> bytes:
    """The content with bytes exchanged, removed or cut off."""
    changed = bytearray(content)
    for _ in range(drawn.randint(1, 8)):
        at = drawn.randrange(len(changed) or 1)
        act = drawn.randrange(4)
        changed[at : at + (act > 1)] = drawn.choice(
            [
                b"",
                b"\0",
                b"\xff",
                b",",
                b'"',
                b"\n",
                b"9" * 400,
                b"nan",
                b"\x1b[31m",
                b"<script>",
                b"{",
            ]
        )
    return bytes(changed[: drawn.randrange(len(changed) + 1)] if drawn.random() < 0.1 else changed)


def strange_lines(drawn: random.Random, text: str) -> str:
    """Lines of records, one of them mutated, with its SHA-256 made anew."""
    lines = text.splitlines()
    at = drawn.randrange(len(lines))
    line = json.loads(lines[at])
    line.pop("sha256", None)
    line = mutate(drawn, line)
    if isinstance(line, dict):
        line["sha256"] = hashlib.sha256(json.dumps(line).encode()).hexdigest()
    lines[at] = json.dumps(line)
    return "\n".join(lines) + "\n"


class Good:
    """Good files to begin with, made once in a folder."""

    def __init__(self, folder: Path) -> None:
        self.task, self.store = disc_task(), folder / "good.sqlite"
        make_store(self.store, self.task, lower="control")
        with open_store(self.store, create=True) as store:
            timing: dict[str, Any] = {"task": "tiny", "arm": "long", "what": "step"}
            timing |= {"device": "cpu", "environment": "here", "seconds": [0.1, 0.2]}
            store.add_document("timings", "here", {"benchmarks": [timing]})
            records = reported_records(store)
            self.files = as_files(records)
            runs = records.results()[:3]
            self.certificates = "".join(as_json(certificates(runs, records)))
        names = ("model", "dataset", "seed", "accuracy")
        rows = [(m, d, s, 0.5 + s % 3 / 10) for m in "ab" for d in "xy" for s in range(7)]
        self.csv = "\n".join(",".join(map(str, row)) for row in (names, *rows)) + "\n"
        self.json = [dict(zip(names, row, strict=True)) for row in rows]

    def records(self, drawn: random.Random, folder: Path) -> None:
        """Reads a strange folder of records, and makes of it all that can be made."""
        strange = drawn.choice(sorted(self.files))
        (folder / "in").mkdir()
        for name, text in self.files.items():
            changed = strange_lines(drawn, text) if name == strange else text
            (folder / "in" / name).write_text(changed, encoding="utf-8")
        read = read_records(folder / "in")
        with open_store(folder / "own.sqlite", create=True) as store:
            merge(store, read)
            self._show(store, folder)
        # a chain of the journal that was broken before is named so, and never mended
        found = damage(folder / "own.sqlite")
        if problems := [line for line in found if not line.startswith("journal entry")]:
            raise ValueError(f"merged, and damaged: {problems}")
        self._show(read, folder)

    def _show(self, source: Any, folder: Path) -> None:
        runs = source.results()
        texts = [*as_csv(runs), *as_json_lines(runs), *run_lines(runs[0], source)]
        with suppress(SuiteError):
            texts += as_json(certificates(runs, source))
        report = make_report(source, "RESULTS.md")
        write_within(folder / "out" / "deep", report.files)
        with redirect_stdout(io.StringIO()) as shown:
            for analysis in report.analyses:
                print_analysis(analysis)
        texts.append(shown.getvalue())
        make_html(source, report.analyses)
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        outside = [path for path in files if path.suffix in (".md", ".svg", ".jsonl")]
        outside = [path for path in outside if path.parts[len(folder.parts)] not in ("in", "out")]
        page = report.files["RESULTS.md"]
        if outside or any(mark in page for mark in MARKS) or any("\x1b" in text for text in texts):
            raise ValueError(f"let through: {outside} {[mark for mark in MARKS if mark in page]}")

    def stores(self, drawn: random.Random, folder: Path) -> None:
        """Reads a store with a strange row in it that has its digests, or a strange object."""
        path = folder / "strange.sqlite"
        path.write_bytes(self.store.read_bytes())
        with closing(sqlite3.connect(path)) as connection, connection:
            if drawn.random() < 0.2:
                connection.execute(drawn.choice(OBJECTS))
            table, column = drawn.choice([(RECORDS, "record"), (DOCUMENTS, "document")])
            rows = connection.execute(f"SELECT position, * FROM {table.name}").fetchall()  # noqa: S608
            row = dict(
                zip(
                    ("position", "position2", *table.columns), drawn.choice(rows)[:-1], strict=False
                )
            )
            row[column] = json.dumps(mutate(drawn, json.loads(row[column])))
            sha256 = row_digest([row[name] for name in table.columns])
            with suppress(sqlite3.Error):
                sql = f"UPDATE {table.name} SET {column} = ?, sha256 = ? WHERE position = ?"  # noqa: S608
                connection.execute(sql, (row[column], sha256, row["position"]))
                _count_anew(connection)
        damage(path)
        with open_store(path) as store:
            self._show(store, folder)

    def certified(self, drawn: random.Random, folder: Path) -> None:
        """Reads strange certificates and compares them with themselves."""
        path = folder / "c.jsonl"
        lines = self.certificates.splitlines()
        lines[0] = json.dumps(mutate(drawn, json.loads(lines[0])))
        path.write_text("\n".join(lines), encoding="utf-8")
        read = read_certificates([path])
        for one in read:
            list(map(visible, check(one, read[-1]).reasons))
        tolerated([(one, one) for one in read] * 3, self.task.metrics)

    def tables(self, drawn: random.Random, folder: Path) -> None:
        """Compares the arms of a strange table, of several kinds."""
        kind = drawn.choice(["csv", "json", "jsonl", "xlsx", "parquet", "csv.gz", "txt"])
        path = folder / f"x.{kind}"
        text = flip(drawn, self.csv.encode())
        if kind in ("json", "jsonl"):
            rows = mutate(drawn, self.json)
            lines = rows if kind == "jsonl" and isinstance(rows, list) else [rows]
            text = "\n".join(map(json.dumps, lines)).encode()
            text = flip(drawn, text) if drawn.random() < 0.2 else text
        path.write_bytes(text)
        self._compare(path)

    def logs(self, drawn: random.Random, folder: Path) -> None:
        """Compares the samples of strange logs of inspect_ai and of the harness."""
        kind = drawn.choice(["eval", "bytes", "json", "harness"])
        if kind == "harness":
            lines = (LOGS / "harness/hasty/samples_multiplication.jsonl").read_text().splitlines()
            at = drawn.randrange(len(lines))
            lines[at] = json.dumps(mutate(drawn, json.loads(lines[at])))
            (path := folder / "x.jsonl").write_text("\n".join(lines))
        elif kind == "json":
            document = json.loads((LOGS / "inspect/twice.json").read_text())
            (path := folder / "x.json").write_text(json.dumps(mutate(drawn, document)))
        elif kind == "bytes":
            (path := folder / "x.eval").write_bytes(
                flip(drawn, (LOGS / "inspect/hasty.eval").read_bytes())
            )
        else:
            (path := folder / "x.eval").write_bytes(_strange_archive(drawn))
        beside = "harness/careful/samples_multiplication.jsonl"
        self._compare(path, LOGS / (beside if kind == "harness" else "inspect/careful.eval"))

    def _compare(self, *paths: Path) -> None:
        read = read_sources(list(map(str, paths)), ReadOptions(RoleOptions()))
        analysis = compare_table(read.table, direction="higher", margin=None)
        text = as_latex(analysis) + as_html(analysis)
        if "\x1b" in text or "<script>alert" in text:
            raise ValueError("let through")


OBJECTS = (
    "CREATE VIEW v AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n",
    "CREATE TRIGGER t AFTER INSERT ON records BEGIN DELETE FROM documents; END",
    "CREATE TABLE others (a)",
    "CREATE INDEX more ON records (task)",
    "ALTER TABLE leases RENAME COLUMN runner TO other",
)


def _count_anew(connection: sqlite3.Connection) -> None:
    """Makes the tallies those of the rows."""
    from suite.store.tables import Tally

    tallies: dict[tuple[str, str], Tally] = {}
    for table in (RECORDS, DOCUMENTS):
        sql = f"SELECT sha256, {', '.join(table.columns)} FROM {table.name} ORDER BY position"  # noqa: S608
        for sha256, *cells in connection.execute(sql):
            key = table.tally_key(dict(zip(table.columns, cells, strict=True)))
            tallies[key] = tallies.get(key, Tally()).with_row(sha256)
    for (scope, name), tally in tallies.items():
        sql = "INSERT OR REPLACE INTO tallies (scope, name, rows, digest) VALUES (?,?,?,?)"
        connection.execute(sql, (scope, name, tally.rows, tally.digest))


def _strange_archive(drawn: random.Random) -> bytes:
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(LOGS / "inspect/hasty.eval") as old,
        zipfile.ZipFile(stream, "w") as new,
    ):
        strange = drawn.choice(["header.json", "summaries.json", "reductions.json"])
        for name in old.namelist():
            content = old.read(name)
            if name == strange:
                content = json.dumps(mutate(drawn, json.loads(content))).encode()
            new.writestr(name, content)
    return stream.getvalue()


def happened(read: Read, drawn: random.Random, folder: Path) -> str | None:
    """What a file did that is not promised; None where it was read, or refused in one line."""
    try:
        read(drawn, folder)
    except SuiteError as error:
        said = str(error)
        return None if len(visible(said)) < 5_000 else f"a long line: {said[:80]!r}"
    except Exception as error:
        return f"{type(error).__name__}: {str(error)[:200]}"
    return None


def strange_files(folder: Path, *, kind: str, inputs: int) -> Figure:
    """A row for one kind of file, a method of `Good`."""
    good, wrong = Good(folder), list[str]()
    for number in range(inputs):
        (inside := folder / str(number)).mkdir()
        said = happened(getattr(good, kind), random.Random(number), inside)  # noqa: S311
        wrong += [said] if said else []
        _remove(inside)
    return Figure(
        f"{kind} from strangers",
        f"{inputs} made from good ones by exchanging values, names and bytes, with right digests",
        f"{inputs - len(wrong)} read or refused in one line, {len(wrong)} otherwise"
        f" {sorted(set(wrong))[:3] or ''}",
        not wrong,
    )


def _remove(folder: Path) -> None:
    for path in sorted(folder.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    folder.rmdir()
