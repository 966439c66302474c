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

    from suite.comparison import Study
    from suite.plan import Plan
    from suite.task import Metric, Task

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
RetryFailed = Annotated[
    bool, typer.Option("--retry-failed", envvar="SUITE_RETRY_FAILED", help="Run again what failed before.")
]

DEFAULT_TASKS = Path("tasks")
DEFAULT_STORE = Path("results/store.sqlite")
DEFAULT_OUTPUT = Path("RESULTS.md")


@app.command("ls")
def list_tasks(tasks: TasksFolder = DEFAULT_TASKS) -> None:
    """Lists the tasks: what each compares, and its question."""
    from rich.markup import escape

    from suite.terminal import plain_table, show

    table = plain_table("task", "arms", "seeds", "question")
    for task in _tasks(None, tasks):
        table.add_row(task.name, ", ".join(task.arms), str(len(task.protocol.seeds)), escape(task.question))
    show(table)


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
    until: Annotated[
        str | None,
        typer.Option(
            "--until", envvar="SUITE_UNTIL", help='"decided": add seeds until there is a verdict.', show_default=False
        ),
    ] = None,
    max_seeds: Annotated[
        int, typer.Option("--max-seeds", envvar="SUITE_MAX_SEEDS", min=6, help="With --until: the most seeds to run.")
    ] = 50,
    placebo: Annotated[
        str | None,
        typer.Option(
            "--placebo",
            envvar="SUITE_PLACEBO",
            metavar="ARM",
            help="Run an arm against itself under other initial weights: the noise floor.",
            show_default=False,
        ),
    ] = None,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run", envvar="SUITE_DRY_RUN", help="Say what would run and how long it would take; run nothing."
        ),
    ] = False,
    retry_failed: RetryFailed = False,
) -> None:
    """Runs every arm of the tasks under every seed, but for what is stored already."""
    loaded = _tasks(names, tasks)
    if placebo is not None:
        from suite.derived import placebo as against_itself

        loaded = [against_itself(_only(loaded, "--placebo"), placebo)]
    plans = [_plan(task, seeds, _device(device)) for task in loaded]
    _require_data(plans)
    if until is not None:
        _run_until_decided(loaded, until, max_seeds, _device(device), store, processes or _cores())
        return
    if dry_run:
        _print_forecast(plans, store, processes or _cores())
        return
    all_good = _run(plans, store, processes or _cores(), retry_failed=retry_failed)
    if placebo is not None:
        _print_noise_floor(plans[0], store)
    if not all_good:
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
    retry_failed: RetryFailed = False,
) -> None:
    """Runs the tasks, then writes the report: `run` and `report` in one."""
    plans = [_plan(task, seeds, _device(device)) for task in _tasks(names, tasks)]
    _require_data(plans)
    all_good = _run(plans, store, processes or _cores(), retry_failed=retry_failed)
    _report(store, output)
    if not all_good:
        raise typer.Exit(1)


@app.command()
def noise(
    name: Annotated[str, typer.Argument(metavar="TASK", help="Name of a task, or path to a TOML file.")],
    seeds: Seeds = None,
    device: Device = "cpu",
    processes: Processes = None,
    store: StorePath = DEFAULT_STORE,
    tasks: TasksFolder = DEFAULT_TASKS,
) -> None:
    """Says where the noise comes from: runs a task with one random stream varying at a time, and with all."""
    from suite.derived import STREAMS, varying
    from suite.noise import components
    from suite.terminal import components_table, show

    (task,) = _tasks([name], tasks)
    plans = {stream: _plan(varying(task, stream), seeds, _device(device)) for stream in STREAMS}
    whole = _plan(task, seeds, _device(device))
    _require_data([whole])
    all_good = _run([whole, *plans.values()], store, processes or _cores())
    metric = next(iter(task.metrics))
    parts = {stream: _study(plan, store) for stream, plan in plans.items()}
    show(components_table(components(_study(whole, store), parts, metric), task.metrics[metric]))
    print(
        "Each source varied alone, the others fixed at one value: sources interact, and shares need not add up to 100%."
    )
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
    from suite.runner import progress
    from suite.store import open_store
    from suite.terminal import plain_table, show

    plans = [_plan(task, seeds, _device(device)) for task in _tasks(names, tasks)]
    table = plain_table("task", "arm", "asked", "ok", "diverged", "failed", "to do")
    with open_store(store) as opened:
        for plan in plans:
            for arm, counts in progress(plan, opened).items():
                table.add_row(
                    plan.task.name, arm, *(str(counts[key]) for key in ("asked", "ok", "diverged", "failed", "to do"))
                )
    show(table)


@app.command()
def report(
    store: StorePath = DEFAULT_STORE,
    output: OutputPath = DEFAULT_OUTPUT,
) -> None:
    """Writes RESULTS.md and its figures from what is stored."""
    _report(store, output)


@app.command()
def compare(
    first: Annotated[
        str, typer.Argument(metavar="A", help="FILE or FILE:ARM (csv, json, jsonl), or TASK/ARM in the store.")
    ],
    second: Annotated[str, typer.Argument(metavar="B", help="As A.")],
    direction: Annotated[
        str, typer.Option("--direction", envvar="SUITE_DIRECTION", help="higher or lower is better.")
    ] = "higher",
    margin: Annotated[
        float | None,
        typer.Option(
            "--margin", envvar="SUITE_MARGIN", min=0, help="A difference that does not matter.", show_default=False
        ),
    ] = None,
    metric: Annotated[
        str | None,
        typer.Option(
            "--metric", envvar="SUITE_METRIC", help="Of the store's records; the task's first.", show_default=False
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", envvar="SUITE_JSON", help="For machines.")] = False,
    fail_if: Annotated[
        str | None,
        typer.Option(
            "--fail-if",
            envvar="SUITE_FAIL_IF",
            help='"worse" or "worse:0.01": exit 1 where A is worse (by more).',
            show_default=False,
        ),
    ] = None,
    store: StorePath = DEFAULT_STORE,
) -> None:
    """Compares two arms, measured here or elsewhere, paired by seed or item: the same verdict as in a report."""
    from suite.comparison import compare_values
    from suite.report.compared import as_record, in_lines, is_worse

    rule, allowed = _rule(direction, margin), _allowed(fail_if)
    (name_a, a), (name_b, b) = _arm_values(first, metric, store), _arm_values(second, metric, store)
    if name_a == name_b:
        name_a, name_b = first, second
    found = compare_values(name_a, a, name_b, b, rule)
    if as_json:
        print(as_record(found, a, b))
    else:
        print("\n".join(in_lines(found, a, b)))
    if allowed is not None and is_worse(found, rule, allowed):
        raise typer.Exit(1)


def _rule(direction: str, margin: float | None) -> Metric:
    from suite.task import Metric

    if direction not in ("higher", "lower"):
        raise SuiteError(f"--direction: expected higher or lower, got {direction!r}")
    return Metric(direction=direction, margin=margin or None, unit="none")


def _allowed(fail_if: str | None) -> float | None:
    """The loss that --fail-if puts up with; None without it."""
    if fail_if is None:
        return None
    word, _, number = fail_if.partition(":")
    try:
        allowed = float(number or 0)
    except ValueError:
        allowed = -1.0
    if word != "worse" or not 0 <= allowed < float("inf"):
        raise SuiteError(f'--fail-if: expected "worse" or "worse:NUMBER", got {fail_if!r}')
    return allowed


def _arm_values(text: str, metric: str | None, store: Path) -> tuple[str, dict[str, float]]:
    """The name and values of what `text` names: an arm in a file, or TASK/ARM in the store."""
    from suite.observations import read_arms

    name, _, arm = text.partition(":")
    if Path(name).suffix in (".csv", ".json", ".jsonl", ".ndjson"):
        arms = read_arms(Path(name))
        if not arm and len(arms) > 1:
            raise SuiteError(f"{name}: expected FILE:ARM, for it holds {', '.join(arms)}")
        chosen = arm or next(iter(arms))
        if chosen not in arms:
            raise SuiteError(f"{name}: expected one of {', '.join(arms)}, got {chosen!r}")
        return chosen, arms[chosen]
    from suite.report.gather import studies
    from suite.store import open_store

    with open_store(store) as opened:
        found = {study.task.name: study for study in studies(opened)}
    task, _, arm = text.partition("/")
    if task not in found or arm not in found[task].task.arms:
        known = ", ".join(f"{one.task.name}/{arm}" for one in found.values() for arm in one.task.arms)
        raise SuiteError(f"{text}: expected a file (csv, json, jsonl) or one of {known}")
    study = found[task]
    wanted = metric or study.primary_metric
    if wanted not in study.task.metrics:
        raise SuiteError(f"--metric: expected one of {', '.join(study.task.metrics)}, got {wanted!r}")
    return text, {str(seed): value for seed, value in study.values(arm, wanted).items()}


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
    sys.path.insert(0, "")  # a model beside the tasks is found, as with `python -m suite`
    try:
        app()
    except SuiteError as error:
        _end(str(error), 2)
    except BrokenPipeError:  # the reader of our output has left, as in `suite export | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
    except OSError as error:
        _end(f"{error.filename or 'system'}: {error.strerror}", 2)
    except SystemExit as end:
        if end.code in (130, 143):
            _end("interrupted; what was done is kept", end.code)
        raise
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
    else:
        paths = list(dict.fromkeys(_task_path(name, folder).resolve() for name in names))
    paths = [Path(os.path.relpath(path)) if path.is_relative_to(Path.cwd()) else path for path in paths]
    loaded = [load_task(path) for path in paths]
    by_name = {task.name: path for task, path in zip(loaded, paths, strict=True)}
    for task, path in zip(loaded, paths, strict=True):
        if by_name[task.name] != path:
            raise SuiteError(f"two tasks are named {task.name!r}: {path} and {by_name[task.name]}; rename one")
    return loaded


def _task_path(name: str, folder: Path) -> Path:
    path = Path(name) if name.endswith(".toml") or "/" in name else folder / f"{name}.toml"
    if os.path.isfile(path):  # noqa: PTH113  Path.is_file raises where a folder is closed to us
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
        source = DATASETS[plan.task.data.name]
        lacking = source.missing()
        if lacking:
            raise SuiteError(f"{plan.task.name}: {lacking[0]} is missing; get the data with `suite data`")
    for source in {DATASETS[plan.task.data.name] for plan in plans}:
        source.verify()


def _run(
    plans: Sequence[Plan], store: Path, processes: int, *, retry_failed: bool = False, sequential: bool = False
) -> bool:
    """Runs what is not stored yet and says so. True where every run that was executed is ok."""
    from suite.runner import note_plan, progress, remaining, run
    from suite.store import open_store
    from suite.terminal import follow

    with open_store(store, create=True) as opened:
        rest = [remaining(plan, opened, retry_failed=retry_failed) for plan in plans]
        for plan in plans:
            note_plan(plan, opened, sequential=sequential)
        total = sum(plan.run_count for plan in rest)
        print(f"{total} runs to do, {sum(plan.run_count for plan in plans) - total} stored already", file=sys.stderr)
        with _signals() as received:
            counts = follow(run(rest, opened, processes=processes, stopped=lambda: bool(received)), rest)
        if received:
            raise SystemExit(128 + received[0])
        stored = [counted for plan in plans for counted in progress(plan, opened).values()]
    done = ", ".join(f"{number} {status}" for status, number in counts.items())
    print(f"executed {sum(counts.values())} runs: {done or 'nothing was left to do'}")
    failed, diverged = (sum(one[status] for one in stored) for status in ("failed", "diverged"))
    if failed > counts.get("failed", 0):
        print(f"{failed} failed runs are stored; --retry-failed runs them again", file=sys.stderr)
    return not failed and not diverged


def _run_until_decided(
    loaded: Sequence[Task], until: str, max_seeds: int, device: str, store: Path, processes: int
) -> None:
    """Adds a seed to every arm at a time until each task has its verdict; the estimates hold over all looks."""
    from suite.comparison import compare, is_decided
    from suite.plan import make_plan
    from suite.report.words import phrase
    from suite.statistics import FEWEST_SEEDS

    if until != "decided":
        raise SuiteError(f'--until: expected "decided", got {until!r}')
    open_questions = 0
    for task in loaded:
        for count in range(FEWEST_SEEDS, max_seeds + 1):
            plan = make_plan(task, device=device, seeds=range(count))
            _run([plan], store, processes, sequential=True)
            study = _study(plan, store)
            words = [phrase(one) for one in compare(study) if one.metric == study.primary_metric]
            print(f"{task.name}, {count} seeds: {'; '.join(words) or 'no result'}")
            if is_decided(study):
                break
        else:
            open_questions += 1
    if open_questions:
        raise typer.Exit(1)


def _study(plan: Plan, path: Path) -> Study:
    from suite.report.gather import study_of
    from suite.store import open_store

    with open_store(path) as store:
        return study_of(plan, store)


def _print_noise_floor(plan: Plan, store: Path) -> None:
    from suite.comparison import compare
    from suite.noise import noise_floor
    from suite.report.words import phrase
    from suite.terminal import floor_line

    study = _study(plan, store)
    first, again = study.task.arms
    for name, metric in study.task.metrics.items():
        a, b = study.summary(first, name), study.summary(again, name)
        if a and b:
            print(f"{name}: {floor_line(first, noise_floor(a, b), metric)}")
    for one in compare(study):
        print(f"{one.metric}: {first} against itself: {phrase(one)}")


def _only(loaded: Sequence[Task], option: str) -> Task:
    if len(loaded) != 1:
        raise SuiteError(f"{option}: expected one task, got {len(loaded)}: {', '.join(task.name for task in loaded)}")
    return loaded[0]


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
    from suite.report.words import answer, plain
    from suite.store import open_store

    with open_store(store) as opened:
        found, environments, timings = studies(opened), opened.documents("environment"), opened.documents("timings")
    if not found:
        raise SuiteError(f"{store}: nothing was run yet; `suite run` does")
    for study in found:
        write(output.parent / figure_path(study), learning_curves(study))
    write(output, render(found, environments, timings))
    for study in found:
        print(f"{study.task.name}: {plain(answer(study))}")
    print(f"wrote {output}")


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _print_forecast(plans: Sequence[Plan], path: Path, processes: int) -> None:
    from suite.runner import forecast, remaining, tried_out_s
    from suite.store import open_store

    known: dict[str, float] = {}
    if path.is_file():
        with open_store(path) as store:
            plans = [remaining(plan, store) for plan in plans]
            known = store.run_times_s()
    total_s = 0.0
    for plan in plans:
        for arm, (runs, seconds) in forecast(plan, known).items():
            job = next(job for job in plan.jobs if job.arm == arm)
            if seconds is None and (tried := tried_out_s(job)) is not None:
                seconds = tried * sum(other.arm == arm for other in plan.jobs)
            total_s += seconds or 0.0
            time = (
                "time unknown: a try of two epochs failed"
                if seconds is None
                else f"about {seconds:.0f} s of one process"
            )
            print(f"{plan.task.name} {arm}: {runs} runs, {time}")
    runs = sum(plan.run_count for plan in plans)
    print(f"{runs} runs, about {total_s / processes / 60:.1f} minutes in {processes} processes; nothing was stored")
