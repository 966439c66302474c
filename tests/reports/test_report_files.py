"""The whole report: every file of it follows from the records, and no edit goes unnoticed."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from suite.analysis.analyse import analyse, analyse_all
from suite.analysis.studies import read_studies
from suite.errors import SuiteError
from suite.reports.details import row_lines
from suite.reports.report_check import excerpt_difference, find_differences
from suite.reports.report_files import Report, excerpt, make_report
from suite.reports.row_ids import arms_behind
from suite.store.record_reading import read_records
from suite.store.record_writing import as_files
from suite.store.records import Records, reported_records
from suite.store.store import open_store
from suite.task.schema import Task
from tests.support.stores import fill_store


def report_on(records: Records) -> Report:
    return make_report(records, "RESULTS.md")


@pytest.fixture
def records(tiny: Task, tmp_path: Path) -> Records:
    with open_store(tmp_path / "store.sqlite", create=True) as store:
        fill_store(store, tiny)
        return reported_records(store)


@pytest.fixture
def report(records: Records, tmp_path: Path) -> Path:
    """A folder with a whole report."""
    for name, text in report_on(records).files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_a_report_from_its_own_records_is_the_same(records: Records, report: Path) -> None:
    assert sorted(report_on(records).files) == [
        "RESULTS.md", "results/_documents.jsonl", "results/_journal.jsonl", "results/tiny-cpu.svg",
        "results/tiny.jsonl",
    ]  # fmt: skip
    again = report_on(read_records(report / "results"))
    assert list(find_differences(again, report)) == []


def test_lines_of_runs_are_made_one_by_one_and_again_when_asked_again(records: Records) -> None:
    lines = report_on(records).parts["results/tiny.jsonl"]
    assert not isinstance(lines, (str, list, tuple))
    assert len(list(lines)) == len(records.runs)
    assert list(lines) == list(lines)


def test_fifty_random_edits_are_all_caught_with_file_line_and_row(
    records: Records, report: Path
) -> None:
    """Digits, whole rows, numbers of seeds and hashes, in the page, the figures and the records."""
    made, choice = report_on(records), random.Random(4)  # noqa: S311  no secret
    expected = made.files
    caught = rows = 0
    for _ in range(50):
        name = choice.choice(["RESULTS.md"] * 3 + sorted(expected))
        lines = expected[name].split("\n")
        number = choice.choice(
            [place for place, line in enumerate(lines) if any(map(str.isdigit, line))]
        )
        kind, line = choice.choice(["digit", "row away", "row twice"]), lines[number]
        place = choice.choice([place for place, letter in enumerate(line) if letter.isdigit()])
        edited = {
            "digit": [
                line[:place]
                + str((int(line[place]) + choice.randint(1, 9)) % 10)
                + line[place + 1 :]
            ],
            "row away": [],
            "row twice": [line, line],
        }[kind]
        (report / name).write_text("\n".join([*lines[:number], *edited, *lines[number + 1 :]]))
        (said,) = find_differences(made, report)
        # the first line that differs: the edited one, or the first after a row that stands twice
        assert said.startswith((f"{name}:{number + 1}", f"{name}:{number + 2}")), (kind, said)
        caught += 1
        rows += "(row " in said
        (report / name).write_text(expected[name])
    assert caught == 50
    assert rows > 2


def test_a_row_that_was_edited_is_named_by_its_id(records: Records, report: Path) -> None:
    page = (report / "RESULTS.md").read_text()
    (line,) = (
        line for line in page.split("\n") if line.startswith("| long") and "accuracy" in line
    )
    name = line.rstrip("| ").rpartition(" ")[2]
    (report / "RESULTS.md").write_text(page.replace(line, line.replace("75.00", "76.00", 1)))
    (said,) = find_differences(report_on(records), report)
    number = page.split("\n").index(line) + 1
    assert said.startswith(f"RESULTS.md:{number} (row {name}): expected '")
    assert "75.00 ± 5.00" in said
    assert "76.00 ± 5.00" in said


def test_a_file_that_is_missing_or_too_many_is_named(records: Records, report: Path) -> None:
    (report / "results" / "tiny-cpu.svg").unlink()
    said = list(find_differences(report_on(records), report))
    assert said == ["results/tiny-cpu.svg: cannot read it: No such file or directory"]
    (report / "results" / "tiny-cuda.svg").write_text("")
    assert list(find_differences(report_on(records), report)) == [
        *said,
        "results/tiny-cuda.svg: is no part of the report; remove it",
    ]


def test_a_forged_record_gives_another_page(records: Records, report: Path) -> None:
    """One that carries a right SHA-256, so that reading it notices nothing."""
    run = records.runs[0]
    forged = run.model_copy(update={"metrics": {"accuracy": 0.999}})
    for name, text in as_files(Records((forged, *records.runs[1:]), records.kept)).items():
        (report / "results" / name).write_text(text)
    said = list(find_differences(report_on(read_records(report / "results")), report))
    assert [line.partition(":")[0] for line in said] == ["RESULTS.md"]


def test_an_excerpt_in_a_readme_is_held_too(records: Records, tmp_path: Path) -> None:
    readme, quoted = tmp_path / "README.md", excerpt(analyse_all(records))
    assert quoted.startswith(
        "- **Does more training help?** (tiny) In accuracy, on cpu: [TOO FEW"
        " SEEDS](RESULTS.md#too-few-seeds)"
    )
    assert excerpt_difference(quoted, readme) is None
    text = f"# suite\n\n<!-- excerpt of RESULTS.md -->\n{quoted}\n<!-- end of excerpt -->\n"
    readme.write_text(text)
    assert excerpt_difference(quoted, readme) is None
    readme.write_text(text.replace("75.00%", "75.01%", 1))
    said = excerpt_difference(quoted, readme)
    assert said is not None
    assert said.startswith("README.md:4: expected '")
    assert "long 75.01%" in said
    readme.write_text("# another readme\n")
    assert excerpt_difference(quoted, readme) is None


def test_nothing_to_report_is_said() -> None:
    with pytest.raises(SuiteError, match="nothing was run yet; `suite run` does"):
        report_on(Records((), {}))


def test_every_row_resolves_to_its_runs(records: Records, report: Path) -> None:
    page = (report / "RESULTS.md").read_text()
    (study,) = read_studies(records)
    analyses = analyse_all(records)
    behind = arms_behind(analyse(study))
    tables = [
        block
        for block in page.split("\n\n")
        if block.startswith("|") and "| id " in block.split("\n")[0]
    ]
    names = {
        row.rstrip("| ").rpartition(" ")[2] for table in tables for row in table.split("\n")[2:]
    }
    assert (
        len(tables) == 7
    )  # claims, their evidence, arms, pairs, what lies behind them, times, ratios of times
    assert names <= behind.keys()
    for name in names:
        said = "\n".join(row_lines(name, analyses))
        assert said.count(" seed ") >= 3 * len(behind[name])
        assert all(run.key[:7] in said for arm in behind[name] for run in study.results[arm])


def test_an_id_stands_for_the_runs_behind_it(records: Records) -> None:
    (whole,) = read_studies(records)
    fewer = Records(
        tuple(run for run in records.runs if (run.arm, run.seed) != ("long", 2)), records.kept
    )
    (part,) = read_studies(fewer)
    same = arms_behind(analyse(whole)).keys() & arms_behind(analyse(part)).keys()
    assert {arms_behind(analyse(whole))[name] for name in same} == {("short",), ("control",)}
