"""Runs the commands of `suite versus`: the first seed of each arm first, then all others."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console

from suite.analysis.compare_study import compare_study, is_decided
from suite.analysis.item_verdicts import ItemVerdicts, compare_items
from suite.analysis.seen import look_at_study
from suite.analysis.studies import read_study
from suite.analysis.study import Study
from suite.cli.repeats import repeat_until_signal
from suite.cli.signals import collect_signals
from suite.cli.until_decided import require_sequence
from suite.errors import SuiteError
from suite.execution.commands.executor import Commands
from suite.execution.commands.output import numbers_seen
from suite.execution.commands.process import CommandRun
from suite.execution.commands.runnable import require_runnable
from suite.execution.executor import Executor, Stopped, run_jobs
from suite.execution.repeats import DEAREST_S, Listing, first_good, list_files
from suite.execution.runner import note_plan, remaining, run
from suite.plan.differences import list_unnamed_differences
from suite.plan.plan import Plan, make_plan
from suite.provenance.git import git_state
from suite.reports.terminal.progress import progress_bar
from suite.reports.terminal.versus import seed_line, wrapped
from suite.result import DeviceKind, Result
from suite.stats import FEWEST_SEEDS
from suite.store.entries import repeat_entry
from suite.store.noting import record_looks
from suite.store.store import Store, open_store
from suite.task.commands import Command
from suite.task.schema import Task
from suite.task.seeds import seed_ranges
from suite.task.versus import with_seeds


@dataclass(frozen=True)
class Wish:
    """How long to go on. `deadline`: in seconds of the monotonic clock."""

    until_decided: bool
    max_seeds: int
    deadline: float | None
    repeats: bool

    def is_over(self) -> bool:
        """Whether nothing new may start."""
        return self.deadline is not None and time.monotonic() > self.deadline


@dataclass(frozen=True)
class Measured:
    """What the commands gave: their study, the verdicts over test items, and what else to say."""

    study: Study
    items: ItemVerdicts
    notes: tuple[str, ...]


def run_commands(
    task: Task, device: DeviceKind, store: Path, executor: Executor, wish: Wish
) -> Measured:
    """What is known of the task, once every seed has run, or is decided, or time is over.

    Each result is stored as it comes, and what is stored is not run again. Raises SuiteError where
    a command fails under the first seed: then nothing else was run.
    """
    _require_seeded(task)
    _say_state(task)
    before = list_files(Path.cwd())
    with open_store(store, create=True) as opened:
        tried = _try_first_seed(task, device, opened, executor, wish)
        if wish.until_decided:
            plan = _run_until_decided(task, device, opened, executor, wish)
        else:
            plan = make_plan(task, device=device)
            _say_stored(plan, opened, tried)
            _run(plan, opened, executor, wish)
        if wish.repeats and not wish.is_over():
            _repeat_first_run(plan, opened, executor, before, wish)
        study = replace(read_study(plan, opened), store=store)
        if wish.is_over():
            study = _cut_off(study)
        _require_values(study)
        items = compare_items(study, opened)
    command = "versus --until decided" if wish.until_decided else "versus"
    look = look_at_study(study, compare_study(study), command, until_decided=wish.until_decided)
    if look.pairs:
        record_looks(store, [look])
    return Measured(study, items, tuple(list_unnamed_differences(plan)))


def _require_values(study: Study) -> None:
    """Raises SuiteError for an arm of which all stored runs failed: there is nothing to compare."""
    for arm, runs in study.results.items():
        failed = study.seeds_without_result(arm)
        if runs and len(failed) == len(runs):
            raise SuiteError(f"{arm}: seed {min(failed)}: {failed[min(failed)]}")


def _cut_off(study: Study) -> Study:
    """The study without seeds that some arm has not run: time was over, nothing failed."""
    ran = [{result.seed for result in results} for results in study.results.values()]
    whole = set.intersection(*ran)
    left = len(set.union(*ran) | set(study.task.protocol.seeds)) - len(whole)
    if left:
        print(f"note: time was over: {left} seeds did not run in every arm", file=sys.stderr)
    kept = {
        arm: tuple(result for result in results if result.seed in whole)
        for arm, results in study.results.items()
    }
    return replace(study, results=kept)


def show_numbers(command: Command, seed: int) -> dict[str, float]:
    """The numbers that a command prints under a seed, by their names."""
    asked = CommandRun("a", seed, command, {}, Path.cwd())
    require_runnable(asked)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as parent:
        for outcome in Commands(1).run_all([asked], parent):
            return numbers_seen(outcome.printed)
    return {}


def _require_seeded(task: Task) -> None:
    for name, arm in task.arms.items():
        if arm.command is not None and not arm.command.is_seeded:
            raise SuiteError(
                f"{name}: no {{seed}} in its command: write it where the seed goes, as in `--seed"
                " {seed}`, or give --reads-seed if it reads SUITE_SEED or has no seed"
            )


def _say_state(task: Task) -> None:
    """Says which files of a repository are compared, where they are not as committed."""
    if any(arm.command and arm.command.revision for arm in task.arms.values()):
        return
    state = git_state(Path.cwd())
    if state is not None and state.is_dirty:
        print(
            f"note: files differ from the commit {state.revision[:12]}; the records hold their"
            " digests",
            file=sys.stderr,
        )


def _try_first_seed(
    task: Task, device: DeviceKind, store: Store, executor: Executor, wish: Wish
) -> int:
    """Runs the first seed of each arm, twice, before anything takes long; the number of runs new.

    Raises SuiteError for the first that fails.
    """
    plan = make_plan(with_seeds(task, task.protocol.seeds[:1]), device=device)
    executor.fitted(plan.jobs, {})
    rest = remaining(plan, store, retry=("arm", "outside"))
    if not rest.jobs:
        return 0
    seed = task.protocol.seeds[0]
    twice = ", twice" if wish.repeats else ""
    print(f"trying seed {seed} of each arm first{twice}", file=sys.stderr)
    first: dict[str, Result] = {}
    with closing(_execute(rest, store, executor, wish)) as results:
        for result in results:
            if result.status != "ok":
                raise SuiteError(
                    f"{result.arm}: seed {result.seed}: {result.status}: {result.reason}"
                )
            first[result.arm] = result
    study = read_study(plan, store)
    for arm in study.results:
        if seed in (failed := study.seeds_without_result(arm)):
            raise SuiteError(f"{arm}: seed {seed}: {failed[seed]}")  # beside what was stored before
    if len(first) == len(task.arms):
        print(seed_line(study, seed, [*first.values()]), file=sys.stderr)
    if wish.repeats:
        _repeat_at_once(rest, first, store, executor, wish)
    return len(first)


def _repeat_at_once(
    plan: Plan, first: Mapping[str, Result], store: Store, executor: Executor, wish: Wish
) -> None:
    """Makes the runs of a plan again, notes how each ended, and says where its number changed.

    `first`: what they gave, by arm.
    """
    for again in _run_unstored(plan, executor, wish):
        if again.arm in first and again.fault != "outside":
            store.note([repeat_entry(first[again.arm], again, at_once=True)])
            if again.metrics != first[again.arm].metrics:
                _say_not_repeatable(first[again.arm], again)


def _repeat_first_run(
    plan: Plan, store: Store, executor: Executor, before: Listing, wish: Wish
) -> None:
    """Makes the very first run again after all others, unless that was done, or it is too dear.

    Whether results depend on what ran before shows where the least had run before.
    """
    first = first_good(plan, next(iter(plan.task.arms)), store)
    if first is not None and first.seconds <= DEAREST_S:
        repeat_until_signal([first], store, executor, before=before, is_over=wish.is_over)


def _say_stored(plan: Plan, store: Store, tried: int) -> None:
    """Says how many runs are not run again, but for those that were `tried` just now."""
    stored = plan.run_count - remaining(plan, store).run_count - tried
    if stored:
        print(f"{stored} of {plan.run_count} runs are stored already", file=sys.stderr)


def _say_not_repeatable(before: Result, again: Result) -> None:
    values = " and ".join(
        ", ".join(f"{name} {value:g}" for name, value in one.metrics.items()) or one.status
        for one in (before, again)
    )
    text = (
        f"note: {again.arm}: seed {again.seed} gave {values} when it was run twice: the seed"
        " alone does not decide the number, and pairing by seed buys little"
    )
    print("\n".join(wrapped(text)), file=sys.stderr)


def _run_until_decided(
    task: Task, device: DeviceKind, store: Store, executor: Executor, wish: Wish
) -> Plan:
    """Adds a few seeds at a time until every pair has a verdict; the last plan."""
    require_sequence(make_plan(task, device=device), store)
    seeds = [*task.protocol.seeds]
    if task.protocol.sequence == "betting" and seeds != list(range(len(seeds))):
        raise SuiteError(
            "--sequence betting: expected seeds from 0 on, in whose order bets are placed, got"
            f" {seed_ranges(seeds)}"
        )
    seeds += [seed for seed in range(wish.max_seeds) if seed not in seeds]
    plan = make_plan(with_seeds(task, seeds[:FEWEST_SEEDS]), device=device)
    step = max(1, executor.slots // len(task.arms))  # as many seeds as keep all slots busy
    for count in (*range(FEWEST_SEEDS, wish.max_seeds, step), wish.max_seeds):
        plan = make_plan(with_seeds(task, seeds[:count]), device=device)
        _run(plan, store, executor, wish, sequential=True)
        if is_decided(read_study(plan, store)) or wish.is_over():
            break
    return plan


def _run(
    plan: Plan, store: Store, executor: Executor, wish: Wish, *, sequential: bool = False
) -> None:
    """Runs what is not stored of a plan, and says each seed once all arms have it."""
    rest = remaining(plan, store)
    note_plan(plan, store, sequential=sequential)
    study = read_study(plan, store)
    by_arm = {arm: list(results) for arm, results in study.results.items()}
    console = Console(stderr=True)
    live = console.is_terminal and not console.is_dumb_terminal
    with progress_bar(console, disable=not live or not rest.run_count) as bar:
        line = bar.add_task("runs", total=rest.run_count, bad=0, last="")
        for result in _execute(rest, store, executor, wish):
            by_arm[result.arm].append(result)
            failed = sum(one.status != "ok" for arm in by_arm.values() for one in arm)
            bar.update(line, advance=1, bad=failed, last=f"{result.arm} {result.seed}")
            of_seed = [r for arm in by_arm.values() for r in arm if r.seed == result.seed]
            if result.status != "ok":
                _say(console, f"{result.arm}: seed {result.seed}: {result.status}: {result.reason}")
            if len(of_seed) == len(by_arm):
                now = replace(study, results={arm: tuple(runs) for arm, runs in by_arm.items()})
                _say(console, seed_line(now, result.seed, of_seed))


def _say(console: Console, text: str) -> None:
    console.print(text.replace("\n", " "), markup=False, highlight=False, soft_wrap=True)


def _execute(plan: Plan, store: Store, executor: Executor, wish: Wish) -> Generator[Result]:
    """Each result after it is stored."""
    return _until_signal(lambda stopped: run([plan], store, executor, stopped=stopped), wish)


def _run_unstored(plan: Plan, executor: Executor, wish: Wish) -> Generator[Result]:
    """Each result, which is not stored."""
    return _until_signal(lambda stopped: run_jobs(executor, plan.jobs, stopped), wish)


def _until_signal(start: Callable[[Stopped], Generator[Result]], wish: Wish) -> Generator[Result]:
    """What `start` gives. A signal ends the program, when what was done is stored."""
    with (
        collect_signals() as received,
        closing(start(lambda: bool(received) or wish.is_over())) as results,
    ):
        yield from results
    if received:
        raise SystemExit(128 + received[0])
