"""What the luck of finite test sets has to do with a verdict, in words."""

from __future__ import annotations

from suite.analysis.analyse import Analysis
from suite.analysis.test_items import PairedItems
from suite.analysis.words import Scope


def items_words(analysis: Analysis) -> str:
    """Which test items the seeds of a study share, and what follows; empty where not known."""
    items = analysis.items
    if items is None:
        return ""
    if items.mean.overlap == 0:
        return _own_sets(items)
    if any(pair.scope == Scope.LIKE_ITEMS for pair in analysis.beside):
        return f"{_shared_sets(items)}: {_part_of_items(items)}"
    if analysis.study.sequential:
        why = "whose intervals would not hold over several looks"
        return f"{_shared_sets(items)}; not for {Scope.LIKE_ITEMS}, {why}"
    return _shared_sets(items)


def _own_sets(items: PairedItems) -> str:
    """How much of the spread over seeds is the luck of the test sets that each draws."""
    share = items.sampling_share
    if share is None:
        return ""
    return (
        f"of the variance of the first difference over seeds, {_percent(min(share, 1.0))} is the"
        f" luck of test sets of {items.items:.0f} items, as seen in the items"
    )


def _shared_sets(items: PairedItems) -> str:
    if items.mean.overlap == 1:
        return f"all seeds were tested on the same {items.items:.0f} items"
    return f"two seeds share {_percent(items.mean.overlap)} of their {items.items:.0f} test items"


def _part_of_items(items: PairedItems) -> str:
    parts = items.mean
    share = parts.item_part / (parts.item_part + parts.seed_part)
    return (
        f"for {Scope.LIKE_ITEMS}, of which these are a sample, the luck of the items counts too,"
        f" {_percent(share)} of the squared error of the first difference"
    )


def _percent(share: float) -> str:
    return "under 1%" if 0 < share < 0.01 else f"{100 * share:.0f}%"
