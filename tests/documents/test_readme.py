"""The README says what RESULTS.md says, and its own task works."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from suite.cli.verbs import VERBS
from suite.plan.plan import make_plan
from suite.task.loading import load_task
from tests.support.program import suite_here
from tests.support.tasks import ROOT, write_task

README = (ROOT / "README.md").read_text()


def test_the_excerpt_is_of_the_results() -> None:
    excerpt = (
        README.split("<!-- excerpt of RESULTS.md -->")[1]
        .split("<!-- end of excerpt -->")[0]
        .strip()
    )
    assert excerpt
    results = (ROOT / "RESULTS.md").read_text().replace("](#", "](RESULTS.md#")
    assert excerpt in results


def test_the_comparison_of_the_readme_is_a_valid_task(tmp_path: Path) -> None:
    (text,) = re.findall(r"```toml\n(.*?)```", README, flags=re.S)
    plan = make_plan(load_task(write_task(tmp_path, text, "my-question")), device="cpu")
    assert plan.run_count == 20


def test_every_verb_of_the_readme_exists_and_the_other_way_round() -> None:
    verbs = set(VERBS)
    shown = set(re.findall(r"`(?:\.venv/bin/)?suite ([a-z-]+)", README))
    assert shown <= verbs
    assert verbs - shown <= {"record-timings"}


def test_the_records_behind_the_page_are_of_real_runs() -> None:
    page = (ROOT / "RESULTS.md").read_text()
    for name in re.findall(r"\]\((results/[^)]+)\)", page):
        assert (ROOT / name).is_file(), name


def test_the_comparison_of_a_table_in_the_readme_is_what_the_program_prints() -> None:
    shown = README.split("$ suite compare docs/examples/classifiers.csv\n")[1].split("```")[0]
    printed = suite_here("compare", "docs/examples/classifiers.csv", cwd=ROOT).stdout.splitlines()
    for line in shown.splitlines():
        assert line in printed or line == "..."


def test_the_picture_of_versus_is_of_its_text() -> None:
    code = (
        f"import sys; sys.path.append({str(ROOT / '.ci')!r}); import terminal;"
        " print(terminal.draw(open('versus.txt').read()))"
    )
    drawn = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT / "docs" / "pictures",
        env=os.environ | {"PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    ).stdout
    assert drawn.strip() == (ROOT / "docs" / "pictures" / "versus.svg").read_text().strip()
    text = (ROOT / "docs" / "pictures" / "versus.txt").read_text()
    answer = README.split("--metric val_acc --margin 0.005\n")[1].split("```")[0]
    assert answer in text
