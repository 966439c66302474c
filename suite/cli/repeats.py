"""Repeats one run of each arm in a fresh process, and says what came of it."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from suite.analysis.repeat_words import repeat_lines
from suite.analysis.repeats import find_repeats
from suite.cli.signals import collect_signals
from suite.errors import visible
from suite.execution.executor import Executor, Stopped, never
from suite.execution.repeats import Listing, Repeat, Repeats, choose_repeats, make_repeats
from suite.plan.plan import Plan
from suite.store.journal import read_journal
from suite.store.store import Store


def repeat_arms(
    plans: Sequence[Plan], store: Store, executor: Executor, *, before: Listing
) -> None:
    """Repeats a run of each arm of which none was repeated yet, and prints a line a task on it.

    `before`: the files of the folder when the first run began.
    """
    journal = read_journal(store)
    chosen = [repeat for plan in plans for repeat in choose_repeats(plan, store, journal)]
    if not chosen:
        return
    count = "1 run" if len(chosen) == 1 else f"{len(chosen)} runs"
    print(f"repeating {count} in fresh processes (--no-repeat skips this)", file=sys.stderr)
    made = repeat_until_signal(chosen, store, executor, before=before)
    journal = read_journal(store)
    new = {entry.run for entry in made.entries}
    for plan in plans:
        stored = [each.stored for each in chosen if each.plan is plan and each.run in new]
        for line in repeat_lines(plan.task.arms, find_repeats(journal, stored)):
            print(visible(f"{plan.task.name}: {line}"), file=sys.stderr)


def repeat_until_signal(
    chosen: Sequence[Repeat],
    store: Store,
    executor: Executor,
    *,
    before: Listing,
    is_over: Stopped = never,
) -> Repeats:
    """What the repeats gave, until time `is_over`.

    A signal ends the program, when what was done is noted.
    """
    with collect_signals() as received:
        made = make_repeats(
            chosen, store, executor, stopped=lambda: bool(received) or is_over(), before=before
        )
    for cell in made.changed:
        print(
            f"note: {cell}: files that it reads changed since it ran, so its repeat says nothing",
            file=sys.stderr,
        )
    if received:
        raise SystemExit(128 + received[0])
    return made
