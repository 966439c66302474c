"""Which plan of a task was in force at each entry of a journal, chain by chain."""

from __future__ import annotations

from collections import ChainMap, deque
from collections.abc import Iterator, Mapping
from typing import TypeAlias

from suite.result import DeviceKind
from suite.store.entries import Entry, PlanEntry, SeedsEntry
from suite.store.journal import Journal

TaskOnDevice: TypeAlias = "tuple[str, DeviceKind]"
Plans: TypeAlias = "Mapping[TaskOnDevice, PlanEntry]"


def plans_in_force(journal: Journal) -> Iterator[tuple[Entry, Plans]]:
    """Every entry, in order, with the plans that its chain had by then, its own included.

    Where chains meet, the plans of the chain that an entry names first stand before the others'.
    """
    after: dict[str, Plans] = {}
    for name, entry in journal.entries.items():
        before = [after[other] for other in entry.previous if other in after]
        plans = before[0] if len(before) == 1 else dict(ChainMap(*map(dict, before)))
        if isinstance(entry, PlanEntry):
            plans = {**plans, (entry.task, entry.device): entry}
        elif isinstance(entry, SeedsEntry) and (entry.task, entry.device) in plans:
            changed = plans[entry.task, entry.device].model_copy(update={"seeds": entry.seeds})
            plans = {**plans, (entry.task, entry.device): changed}
        after[name] = plans
        yield entry, plans


def last_plans(journal: Journal) -> Plans:
    """The plans that are in force after the last entry."""
    last = deque(plans_in_force(journal), maxlen=1)
    return last[0][1] if last else {}
