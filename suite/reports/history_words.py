"""What reports say of how a study came about. Nothing where nothing happened."""

from __future__ import annotations

from suite.analysis.study import Study

DAY = len("2026-01-02")


def history_words(study: Study) -> str:
    """What happened since results were seen, in one line without a full stop."""
    return "; ".join(study.history)


def unjournaled_words(study: Study) -> str:
    """How many runs no journal knows; empty where it knows all, or there are none."""
    number, newest = study.unjournaled
    if not number:
        return ""
    runs = sum(len(results) for results in study.results.values())
    which = f"{number} run{'s' * (number != 1)}" if number == runs else f"{number} of {runs} runs"
    return f"No journal of {which}, recorded until {newest[:DAY]}."
