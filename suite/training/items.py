"""What a run got right of its test items, one by one: kept with its record.

Worked out after the training from the outputs that its metrics are of, so that no bit of a run
depends on it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import torch

from suite.store.items import pack
from suite.training.measure import tensors_hash
from suite.training.metrics import Share

if TYPE_CHECKING:
    from suite.data.dataset import Split
    from suite.training.recipe import MetricFunction, Tensors

DIGITS = 16  # of SHA-256


def items_of(
    metrics: Mapping[str, MetricFunction], outputs: Tensors, test: Split
) -> dict[str, Any]:
    """The fields of an outcome on its test items; none for an arm without a share of right ones.

    Of the first metric that is one of the suite's own: a value in [0, 1] for each item, the share
    of what is right of it where several things are (both digits of a pair). Items with rows are in
    their order, whatever the order in which a seed drew them.
    """
    shares = ((key, metric) for key, metric in metrics.items() if isinstance(metric, Share))
    rights = ((key, share.right(outputs, test.targets)) for key, share in shares)
    key, right = next(((k, r) for k, r in rights if r is not None), ("", None))
    if right is None:
        return {}
    values = right.cpu() if right.ndim == 1 else right.flatten(1).float().mean(dim=1).cpu()
    ids: list[str] | None = None
    if test.rows is not None:
        rows, order = test.rows.sort()
        values = values[order]
        ids = None if torch.equal(rows, torch.arange(len(rows))) else list(map(str, rows.tolist()))
    fields = {"items_metric": key, "test_set": _test_set(test)}
    try:
        digest, document = pack(ids, values.numpy())
    except ValueError as error:
        return {**fields, "notes": (f"what is right of each test item is not kept: {error}",)}
    return {**fields, "items": digest, "items_document": document}


def _test_set(test: Split) -> str:
    """16 hexadecimal digits, equal for test sets of the same items.

    By their rows, in whatever order, or else by their content in its order.
    """
    if test.rows is not None:
        listed = ",".join(map(str, test.rows.sort().values.tolist()))
        return hashlib.sha256(listed.encode()).hexdigest()[:DIGITS]
    named = sorted({**test.inputs, **test.targets}.items())
    return tensors_hash(named)[:DIGITS]
