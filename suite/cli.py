"""The command line: parse, call, print, exit code. Nothing else prints, and heavy modules are imported where they are used.

Exit codes: 0 done; 1 done, and the answer is no (failed runs); 2 bad input, nothing was done; 130 and 143 interrupted.
"""

from __future__ import annotations

import os
import signal
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from suite.errors import SuiteError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from suite.plan import Plan
    from suite.result import Result
    from suite.task import Task

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Is A really better than B, or is it seed noise - and can anyone re-run it and get the same number?",
)

Names = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[TASK]...",
        help="Names of tasks, or paths to TOML files. All tasks, if none is named.",
        show_default=False,
    ),
]
TasksFolder = Annotated[Path, typer.Option("--tasks", envvar="SUITE_TASKS", help="Folder of the task files.")]
StorePath = Annotated[Path, typer.Option("--store", envvar="SUITE_STORE", help="The file that results are kept in.")]
Seeds = Annotated[
    str | None,
    typer.Option(
        "--seeds",
        envvar="SUITE_SEEDS",
        help='Seeds such as "0-9" or "0,3,7", instead of the task\'s.',
        show_default=False,
    ),
]
Device = Annotated[
    str, typer.Option("--device", envvar="SUITE_DEVICE", help="cpu, cuda, or auto: cuda where there is one.")
]
Processes = Annotated[
    int | None,
    typer.Option(
        "-j",
        "--processes",
        envvar="SUITE_PROCESSES",
        min=1,
        help="Runs at a time, in processes of their own.",
        show_default="all cores",
    ),
]
OutputPath = Annotated[
    Path,
    typer.Option("-o", "--output", envvar="SUITE_OUTPUT", help="The page to write; figures go to results/ beside it."),
]

DEFAULT_TASKS = Path("tasks")
DEFAULT_STORE = Path("results/store.sqlite")
DEFAULT_OUTPUT = Path("RESULTS.md")


@app.command("ls")
def list_tasks(tasks: TasksFolder = DEFAULT_TASKS) -> None:
    """Lists the tasks: what each compares, and its question."""
    from rich.console import Console
    from rich.table import Table

    table = Table("task", "arms", "seeds", "question", box=None, pad_edge=False)
    for task in _tasks(None, tasks):
        table.add_row(task.name, ", ".join(task.arms), str(len(task.protocol.seeds)), task.question)
    Console(soft_wrap=False).print(table)


@app.command()
def validate(names: Names = None, tasks: TasksFolder = DEFAULT_TASKS) -> None:
    """Checks task files: keys, values, and that models, losses and metrics of those names exist."""
    from suite.plan import make_plan

    loaded = _tasks(names, tasks)
    for task in loaded:
        make_plan(task, device="cpu")
        print(f"{task.name}: valid, {len(task.arms)} arms, {len(task.protocol.seeds)} seeds")


@app.command()
def data() -> None:
    """Gets the datasets, and checks them byte by byte."""
    from suite.data.files import mnist_folder
    from suite.data.obtain import obtain_mnist

    for step in obtain_mnist():
        print(step, file=sys.stderr)
    print(f"MNIST is complete and verified: {mnist_folder()}")


@app.command()
def run(
    names: Names = None,
    seeds: Seeds = None,
    device: Device = "cpu",
    processes: Processes = None,
    store: StorePath = DEFAULT_STORE,
    tasks: TasksFolder = DEFAULT_TASKS,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run", envvar="SUITE_DRY_RUN", help="Say what would run and how long it would take; run nothing."
        ),
    ] = False,
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", envvar="SUITE_RETRY_FAILED", help="Run again what failed before.")
    ] = False,
) -> None:
    """Runs every arm of the tasks under every seed, but for what is stored already."""
    plans = [_plan(task, seeds, _device(device)) for task in _tasks(names, tasks)]
    _require_data(plans)
    if dry_run:
        _print_forecast(plans, store, processes or _cores())
    elif not _run(plans, store, processes or _cores(), retry_failed=retry_failed):
        raise typer.Exit(1)


@app.command()
def bench(
    names: Names = None,
    seeds: Seeds = None,
    device: Device = "cpu",
    processes: Processes = None,
    store: StorePath = DEFAULT_STORE,
    output: OutputPath = DEFAULT_OUTPUT,
    tasks: TasksFolder = DEFAULT_TASKS,
) -> None:
    """Runs the tasks, then writes the report: `run` and `report` in one."""
    plans = [_plan(task, seeds, _device(device)) for task in _tasks(names, tasks)]
    _require_data(plans)
    all_good = _run(plans, store, processes or _cores(), retry_failed=False)
    _report(store, output)
    if not all_good:
        raise typer.Exit(1)


@app.command()
def status(
    names: Names = None,
    seeds: Seeds = None,
    device: Device = "cpu",
    store: StorePath = DEFAULT_STORE,
    tasks: TasksFolder = DEFAULT_TASKS,
) -> None:
    """Says how many of the runs that the tasks ask for are stored."""
    from rich.console import Console
    from rich.table import Table

    from suite.runner import progress
    from suite.store import open_store

    plans = [_plan(task, seeds, _device(device)) for task in _tasks(names, tasks)]
    table = Table("task", "arm", "asked", "ok", "diverged", "failed", "to do", box=None, pad_edge=False)
    with open_store(store) as opened:
        for plan in plans:
            for arm, counts in progress(plan, opened).items():
                table.add_row(
                    plan.task.name, arm, *(str(counts[key]) for key in ("asked", "ok", "diverged", "failed", "to do"))
                )
    Console().print(table)


@app.command()
def report(
    store: StorePath = DEFAULT_STORE,
    output: OutputPath = DEFAULT_OUTPUT,
) -> None:
    """Writes RESULTS.md and its figures from what is stored."""
    _report(store, output)


@app.command()
def export(
    store: StorePath = DEFAULT_STORE,
    form: Annotated[
        str, typer.Option("--format", envvar="SUITE_FORMAT", help="jsonl (one object a line) or csv.")
    ] = "jsonl",
) -> None:
    """Writes every record to standard output, by task, arm, seed and device."""
    from suite.report.export import as_csv, as_json_lines
    from suite.store import open_store

    writers = {"jsonl": as_json_lines, "csv": as_csv}
    if form not in writers:
        raise SuiteError(f"--format: expected jsonl or csv, got {form!r}")
    with open_store(store) as opened:
        results = opened.results()
    for line in writers[form](results):
        sys.stdout.write(line)


@app.command("record-timings")
def record_timings(
    samples: Annotated[Path, typer.Argument(help="The JSON file that pytest-benchmark wrote.")],
    store: StorePath = DEFAULT_STORE,
) -> None:
    """Keeps the raw samples of `make timings` in the store."""
    from suite.report.timings import read_samples
    from suite.runner import note_timings
    from suite.store import open_store

    benchmarks = read_samples(samples)
    with open_store(store, create=True) as opened:
        note_timings(benchmarks, opened)
    print(f"recorded {len(benchmarks)} timings")


@app.command()
def info(store: StorePath = DEFAULT_STORE, device: Device = "cpu") -> None:
    """Says what decides bits here, and where things are."""
    from suite.data.files import data_folder, missing
    from suite.environment import describe, environment_id, made_by

    fields = describe(_device(device))
    lines = {"environment": environment_id(fields), **fields, **made_by()}
    lines |= {
        "data": f"{data_folder()} ({'MNIST is missing: run `suite data`' if missing() else 'MNIST is there'})",
        "store": f"{store}{'' if store.is_file() else ' (none yet)'}",
    }
    for name, value in lines.items():
        print(f"{name:<24} {value}")


def main() -> NoReturn:
    """The program. Bad input is one line on standard error and exit code 2, never a traceback."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        app()
    except SuiteError as error:
        _end(str(error), 2)
    except SystemExit as end:
        if end.code in (130, 143):
            _end("interrupted; what was done is kept", end.code)
        raise
    except BrokenPipeError:  # the reader of our output has left, as in `suite export | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
    sys.exit(0)


def _end(message: str, code: int) -> NoReturn:
    print(f"suite: {message}".replace("\n", " "), file=sys.stderr)
    sys.exit(code)


def _tasks(names: Sequence[str] | None, folder: Path) -> list[Task]:
    from suite.task import load_task

    if not names:
        paths = sorted(folder.glob("*.toml"))
        if not paths:
            raise SuiteError(f"{folder}: expected a folder with task files (*.toml), found none; --tasks names another")
        return [load_task(path) for path in paths]
    return [load_task(_task_path(name, folder)) for name in dict.fromkeys(names)]


def _task_path(name: str, folder: Path) -> Path:
    path = Path(name) if name.endswith(".toml") or "/" in name else folder / f"{name}.toml"
    if path.is_file():
        return path
    import difflib

    known = sorted(other.stem for other in folder.glob("*.toml"))
    near = difflib.get_close_matches(path.stem, known, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"known tasks: {', '.join(known) or 'none'}"
    raise SuiteError(f"{name}: there is no such task; {hint}")


def _plan(task: Task, seeds: str | None, device: str) -> Plan:
    from suite.plan import make_plan
    from suite.task import parse_seeds

    try:
        chosen = parse_seeds(seeds) if seeds is not None else None
    except ValueError as error:
        raise SuiteError(f"--seeds: {error}") from None
    return make_plan(task, device=device, seeds=chosen)


def _device(name: str) -> str:
    if name == "cpu":
        return name
    if name not in ("cuda", "auto"):
        raise SuiteError(f"--device: expected cpu, cuda or auto, got {name!r}")
    import torch

    if torch.cuda.is_available():
        return "cuda"
    if name == "cuda":
        raise SuiteError("--device: expected a CUDA device, torch sees none; use --device cpu or auto")
    return "cpu"


def _require_data(plans: Iterable[Plan]) -> None:
    from suite.data import DATASETS

    for plan in plans:
        lacking = DATASETS[plan.task.data.name].missing()
        if lacking:
            raise SuiteError(f"{plan.task.name}: {lacking[0]} is missing; get the data with `suite data`")


def _run(plans: Sequence[Plan], store: Path, processes: int, *, retry_failed: bool) -> bool:
    """Runs what is not stored yet and says so. True where every run that was executed is ok."""
    from suite.runner import note_plan, remaining, run
    from suite.store import open_store

    with open_store(store, create=True) as opened:
        rest = [remaining(plan, opened, retry_failed=retry_failed) for plan in plans]
        for plan in plans:
            note_plan(plan, opened)
        total = sum(plan.run_count for plan in rest)
        print(f"{total} runs to do, {sum(plan.run_count for plan in plans) - total} stored already", file=sys.stderr)
        with _signals() as received:
            counts = _follow(run(rest, opened, processes=processes, stopped=lambda: bool(received)), rest)
    if received:
        raise SystemExit(128 + received[0])
    done = ", ".join(f"{number} {status}" for status, number in counts.items())
    print(f"executed {sum(counts.values())} runs: {done or 'nothing was left to do'}")
    return not counts.keys() - {"ok"}


@contextmanager
def _signals() -> Iterator[list[int]]:
    """Collects Ctrl-C and SIGTERM, for the loop to end at its next step: an exception from nowhere can get lost. A second
    signal does not wait."""
    received: list[int] = []

    def receive(number: int, _: object) -> None:
        if received:
            raise SystemExit(128 + number)
        received.append(number)

    previous = {number: signal.signal(number, receive) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield received
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _report(store: Path, output: Path) -> None:
    from suite.report.figures import learning_curves
    from suite.report.files import write
    from suite.report.gather import studies
    from suite.report.markdown import figure_path, render
    from suite.store import open_store

    with open_store(store) as opened:
        found, environments, timings = studies(opened), opened.documents("environment"), opened.documents("timings")
    if not found:
        raise SuiteError(f"{store}: nothing was run yet; `suite run` does")
    for study in found:
        write(output.parent / figure_path(study), learning_curves(study))
    write(output, render(found, environments, timings))
    print(f"wrote {output}")


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _follow(results: Iterator[Result], plans: Sequence[Plan]) -> dict[str, int]:
    """Shows the results as they come: a bar on a terminal, else a line each. Gives the number of each status."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    total, counts = sum(plan.run_count for plan in plans), dict[str, int]()
    console = Console(stderr=True)
    columns = (
        BarColumn(bar_width=None),
        MofNCompleteColumn(),
        TextColumn("{task.fields[bad]} failed"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[last]}"),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal or not total) as bar:
        line = bar.add_task("runs", total=total, bad=0, last="")
        for result in results:
            counts[result.status] = counts.get(result.status, 0) + 1
            said = _said(result)
            bar.update(
                line,
                advance=1,
                bad=sum(counts.values()) - counts.get("ok", 0),
                last=f"{result.task} {result.arm} {result.seed}",
            )
            if result.status != "ok" or not console.is_terminal:
                console.print(f"[{sum(counts.values())}/{total}] {said}", markup=False, highlight=False, soft_wrap=True)
    return counts


def _said(result: Result) -> str:
    name = f"{result.task} {result.arm} seed {result.seed}"
    if result.status != "ok":
        return f"{name}: {result.status}: {result.reason}".replace("\n", " ")
    metric, value = next(iter(result.metrics.items()))
    return f"{name}: {metric} {value:.4f}, {result.run_time_s:.1f} s" + (
        f" for {result.seeds_together} seeds" if result.seeds_together > 1 else ""
    )


def _print_forecast(plans: Sequence[Plan], path: Path, processes: int) -> None:
    from suite.runner import forecast, remaining
    from suite.store import open_store

    known: dict[str, float] = {}
    if path.is_file():
        with open_store(path) as store:
            plans = [remaining(plan, store) for plan in plans]
            known = store.run_times_s()
    total_s = 0.0
    for plan in plans:
        for arm, (runs, seconds) in forecast(plan, known).items():
            total_s += seconds
            print(f"{plan.task.name} {arm}: {runs} runs, about {seconds:.0f} s of one process")
    print(
        f"{sum(plan.run_count for plan in plans)} runs, about {total_s / processes / 60:.1f} minutes in {processes} processes; nothing was run"
    )
