"""Files from strangers, in small numbers: `make torture` tries thousands of each kind."""

from __future__ import annotations

import hashlib
import io
import json
import random
import sqlite3
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from suite.data.user_files import _columns
from suite.errors import SuiteError
from suite.reports.writing import write_within
from suite.store.records import DOCUMENTS
from suite.store.store import open_store
from suite.task.seeds import parse_seeds
from suite.verification.certificate import read_certificates
from tests.support.commands import write_commands
from tests.support.program import refused, suite_here
from tests.support.tasks import DISC_TASK, write_task
from tests.torture.strangers import OBJECTS, VALUES, Good, happened

VERBS = (
    ("report",), ("report", "--html"), ("report", "--terminal"), ("report", "--check"), ("export",), ("export", "--format", "certificates"),
    ("show", "tiny"), ("publish", "public"), ("verify",),
)  # fmt: skip


@pytest.fixture(scope="module")
def good() -> Iterator[Good]:
    with tempfile.TemporaryDirectory() as folder:
        yield Good(Path(folder))


def changed(good: Good, folder: Path, file: str, *, line: int = 0, **fields: Any) -> Path:
    """A folder of records, of which one line has other fields and its right SHA-256."""
    folder.mkdir()
    for name, text in good.files.items():
        lines = text.splitlines()
        if name == file:
            record = json.loads(lines[line]) | fields
            record.pop("sha256")
            record["sha256"] = hashlib.sha256(json.dumps(record).encode()).hexdigest()
            lines[line] = json.dumps(record)
        (folder / name).write_text("\n".join(lines) + "\n")
    return folder


@pytest.mark.parametrize(
    "kind",
    [
        "certified",
        "tables",
        "logs",
        pytest.param("stores", marks=pytest.mark.slow),
        pytest.param("records", marks=pytest.mark.slow),
    ],
)
@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(drawn=st.randoms(use_true_random=False))
def test_a_strange_file_is_read_or_refused_in_one_line(
    good: Good, kind: str, drawn: random.Random
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        assert happened(getattr(good, kind), drawn, Path(folder)) is None


@pytest.mark.parametrize("verb", VERBS, ids=" ".join)
@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"task": "../../../x"}, "task: String should match pattern"),
        ({"device": "cpu/../.."}, "device: Input should be 'cpu' or 'cuda'"),
        ({"made_by": {"python": "\x1b[31m3"}}, "made_by.python: expected printable text"),
        ({"parameters": 10**400}, "parameters: Input should be less than"),
        ({"metrics": {"accuracy": float("nan")}}, "expected a record, one JSON object a line"),
    ],
)
def test_no_verb_takes_a_record_with_a_strange_field(
    good: Good, tmp_path: Path, verb: tuple[str, ...], fields: dict[str, Any], said: str
) -> None:
    changed(good, tmp_path / "results", "tiny.jsonl", **fields)
    write_task(tmp_path / "tasks")
    source = () if "--check" in verb else ("--from", "results")
    done = suite_here(*verb, *source, cwd=tmp_path)
    line = done.stdout if "--check" in verb else refused(done)
    assert said in line
    assert "\x1b" not in line
    assert {path.name for path in tmp_path.iterdir()} <= {"results", "tasks"}


def test_merge_takes_none_either_and_adds_nothing(good: Good, tmp_path: Path) -> None:
    other = changed(good, tmp_path / "other", "tiny.jsonl", task="../../../x")
    assert "task: String should match pattern" in refused(suite_here("merge", other, cwd=tmp_path))


@pytest.mark.parametrize("value", VALUES, ids=lambda value: repr(value)[:20])
def test_a_document_of_any_value_is_refused_or_read(
    good: Good, tmp_path: Path, value: object
) -> None:
    for number in range(len(good.files[DOCUMENTS].splitlines())):
        folder = changed(good, tmp_path / str(number), DOCUMENTS, line=number, document=value)
        done = suite_here("show", "tiny", "--from", folder, cwd=tmp_path)
        assert done.returncode == 0 or refused(done)


def test_a_plan_under_another_name_is_refused(good: Good, tmp_path: Path) -> None:
    folder = changed(good, tmp_path / "results", DOCUMENTS, name="../x")
    message = refused(suite_here("report", "--from", folder, cwd=tmp_path))
    assert "expected the plan of tiny/cpu, got that of ../x" in message


def test_markup_of_records_is_text_in_the_page(good: Good, tmp_path: Path) -> None:
    markup = {"<img src=x>": "![x](http://x/y)", "python": "<script>alert(1)</script>"}
    folder = changed(good, tmp_path / "strange", "tiny.jsonl", made_by=markup)
    assert suite_here("report", "--from", folder, cwd=tmp_path).returncode == 0
    page = (tmp_path / "RESULTS.md").read_text()
    made_by = next(line for line in page.splitlines() if line.startswith("Made by"))
    assert r"\<img src=x> ![x]\(http://x/y), python \<script>alert(1)\</script>" in made_by
    assert suite_here("report", "--html", "--from", folder, cwd=tmp_path).returncode == 0
    assert "<script>alert" not in (tmp_path / "report.html").read_text()


def test_no_file_of_a_report_leaves_its_folder(tmp_path: Path) -> None:
    for name in ("../x", "/x", "results/../../x"):
        with pytest.raises(SuiteError, match="expected names of files in it"):
            write_within(tmp_path / "out", {"RESULTS.md": "", name: ""})
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("statement", OBJECTS)
def test_a_store_with_objects_of_others_is_refused(
    good: Good, tmp_path: Path, statement: str
) -> None:
    path = tmp_path / "store.sqlite"
    path.write_bytes(good.store.read_bytes())
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement)
    for create in (False, True):
        with (
            pytest.raises(SuiteError, match="or somebody changed it"),
            open_store(path, create=create),
        ):
            pass


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"question": {}}, "question.settings: Field required"),
        ({"question": {"settings": {"trainer": "rm"}}}, "question"),
        ({"metrics": {"accuracy": "0x1.0p+9999"}}, "metrics.accuracy: expected a finite number"),
        ({"environment": {"cpu": "\x1b[2J"}}, "environment.cpu: expected printable text"),
        ({"arm": "../x"}, "arm: String should match pattern"),
    ],
)
def test_a_strange_certificate_is_refused(
    good: Good, tmp_path: Path, fields: dict[str, Any], said: str
) -> None:
    path = tmp_path / "c.json"
    path.write_text(json.dumps(json.loads(good.certificates.splitlines()[0]) | fields))
    with pytest.raises(SuiteError) as caught:
        read_certificates([path])
    assert f"c.json:1: expected a certificate: {said}" in str(caught.value)
    assert "\n" not in refused(suite_here("verify", path, cwd=tmp_path))


def test_commands_that_records_name_are_not_run(tmp_path: Path) -> None:
    write_commands(tmp_path)
    suite_here("run", "--seeds", "0-1", cwd=tmp_path)
    suite_here("report", cwd=tmp_path)
    (tmp_path / "tasks").rename(tmp_path / "elsewhere")
    message = refused(suite_here("verify", "--from", "results", cwd=tmp_path))
    assert message.startswith("rates: expected its commands in tasks/rates.toml, found them in")


def test_many_long_ranges_of_seeds_are_counted_before_they_are_made() -> None:
    ranges = ",".join(f"{n}000000-{n}999999" for n in range(1, 61))
    with pytest.raises(ValueError, match="expected at most 1,000,000 seeds, got 60,000,000"):
        parse_seeds(ranges)
    assert len(parse_seeds("0-999999")) == 1_000_000


def archive(files: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for name, content in files.items():
            new.writestr(name, content)
    return stream.getvalue()


def eval_of_lists() -> bytes:
    lists = b"[" + b"[]," * 6_000_000 + b"[]]"
    header = b'{"status": "success", "eval": {}}'
    return archive({"header.json": header, "summaries.json": lists})


def far_workbook() -> bytes:
    stream = io.BytesIO()
    pd.DataFrame({"a": [1]}).to_excel(stream, index=False)
    with zipfile.ZipFile(stream) as old:
        files = {name: old.read(name) for name in old.namelist()}
    sheet = files["xl/worksheets/sheet1.xml"]
    files["xl/worksheets/sheet1.xml"] = sheet.replace(b'r="A2"', b'r="XFD1048576"')
    return archive(files)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("lists.eval", eval_of_lists, "expected at most 30,000,000 values in JSON"),
        ("names.json", lambda: json.dumps([{f"n{i}": 1} for i in range(9_000)]).encode(), "expected at most 10,000,000 cells"),
        ("wide.csv", lambda: b"a," * 20_000 + b"a\n", "expected at most 10,000 columns, got 20,001"),
        pytest.param("zeros.csv.zip", lambda: archive({"x.csv": b"a\n" + b"0" * 260 * 2**20}), "expected at most 268435456 bytes when unpacked", marks=pytest.mark.slow),
        pytest.param("far.xlsx", far_workbook, "expected at most 10,000 columns, got 16,384", marks=pytest.mark.skipif("not __import__('importlib.util').util.find_spec('openpyxl')")),
    ],
)  # fmt: skip
def test_a_small_file_that_stands_for_a_large_one_is_refused(
    tmp_path: Path, name: str, content: Any, said: str
) -> None:
    (tmp_path / name).write_bytes(content())
    assert said in refused(suite_here("compare", name, cwd=tmp_path))


def test_an_archive_of_data_that_unpacks_to_too_much_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    content = archive({"label.npy": b"0" * 5_000})
    (tmp_path / "x.npz").write_bytes(content)
    monkeypatch.setattr("suite.data.user_files.MOST_UNPACKED_BYTES", 4_000)
    with pytest.raises(SuiteError, match=r"x\.npz: .* at most 4000 bytes of arrays, got 5000"):
        _columns(tmp_path / "x.npz", hashlib.sha256(content).hexdigest())


@pytest.mark.slow
def test_a_model_too_large_for_its_memory_is_refused_before_it_is_built(tmp_path: Path) -> None:
    text = DISC_TASK.replace("layers = [2, 9, 5, 2]", "layers = [2, 2000000000, 2]")
    assert text != DISC_TASK
    message = refused(suite_here("validate", cwd=write_task(tmp_path / "tasks", text).parents[1]))
    assert "expected data and a model that fit into 8.0 GiB of memory" in message
