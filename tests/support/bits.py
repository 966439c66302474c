"""What must not vary between two runs of the same."""

from __future__ import annotations

from suite.result import Result


def bits(results: list[Result]) -> list[str]:
    """Everything of the results that must not vary, in order."""
    ordered = sorted(results, key=lambda result: (result.task, result.arm, result.seed))
    varying = {
        "train_time_s",
        "first_epoch_s",
        "predict_time_s",
        "run_time_s",
        "peak_memory_bytes",
        "recorded_at",
        "seeds_together",
        "items_document",  # stored beside the record, whose `items` names it by its content
    }
    return [result.model_dump_json(exclude=varying) for result in ordered]
