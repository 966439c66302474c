"""Writing to the journal of a store: plans, looks and registrations. A store notes attempts itself.

Nothing is noted twice: a plan only where it is another one than before, a look only where it shows
something new.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from suite.store.documents import PlanRecord, plan_records
from suite.store.entries import Entry, LookEntry, PlanEntry, SeedsEntry, plan_entry
from suite.store.in_force import Plans, last_plans
from suite.store.journal import read_journal
from suite.store.looks import Look, present_time, read_looks, shows_something_new
from suite.store.store import Store, open_store


def note_plan_record(store: Store, record: PlanRecord, seeds: str) -> None:
    """Notes what a task asks from now on, and the seeds that it is to run with."""
    new = plan_entry(record, present_time(), seeds)
    known = last_plans(read_journal(store)).get((new.task, new.device))
    if not new.asks_the_same(known):
        store.note([new])
    elif known is not None and known.seeds != seeds:
        changed = SeedsEntry(when=new.when, task=new.task, device=new.device, seeds=seeds)
        store.note([changed])


def record_looks(path: Path, looks: Iterable[Look]) -> None:
    """Adds looks to the store at `path`, which is opened to write only where one is new.

    A store that cannot be written keeps none: whoever can only read it cannot add seeds to it.
    """
    with open_store(path) as store:
        earlier = read_looks(store)
    new = [look for look in looks if shows_something_new(look, earlier)]
    if not new or not all(os.access(place, os.W_OK) for place in (path, path.absolute().parent)):
        return
    with open_store(path, create=True) as store:
        for look in new:
            add_look(store, look)


def add_look(store: Store, look: Look) -> bool:
    """Notes a look, unless earlier ones saw all of it: the verdicts on the same seeds and arms.

    The plans that it was judged by stand before it.
    """
    if not shows_something_new(look, read_looks(store)):
        return False
    in_force = last_plans(read_journal(store))
    entries: list[Entry] = list(_plans_of(look, store, in_force))
    store.note([*entries, LookEntry(when=look.when, look=look)])
    return True


def _plans_of(look: Look, store: Store, in_force: Plans) -> Iterable[PlanEntry]:
    """The plans of a look's tasks, as far as the journal has them otherwise or not at all."""
    seen = {(arm.task, arm.device) for arm in look.arms.values()}
    for record in plan_records(store).values():
        new = plan_entry(record, look.when)
        known = in_force.get((new.task, new.device))
        if (new.task, new.device) in seen and not new.asks_the_same(known):
            yield new
