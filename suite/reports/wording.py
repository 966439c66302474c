"""Verdicts as people read them: the words, what each means, and one sentence a task."""

from __future__ import annotations

from collections.abc import Mapping

from suite.analysis.compare_study import OPEN
from suite.analysis.comparison import Comparison
from suite.analysis.study import Study
from suite.analysis.words import Scope, Verdict
from suite.reports.claim_wording import CLAIM_MEANINGS
from suite.reports.numbers import (
    format_p,
)
from suite.reports.prose import Link, anchor_of
from suite.stats import FEWEST_SEEDS

MEANINGS: Mapping[str, str] = {
    Verdict.BETTER: (
        "The 95% interval of the difference excludes 0. It holds for all comparisons under the same"
        " metric together, and sign flips of the seeds agree (p below 5%). “By at least the margin”"
        " where the whole interval lies beyond the difference that matters."
    ),
    Verdict.BETTER_BY_LESS: (
        "The 95% interval excludes 0 and lies within the margin: one arm is ahead, by less than"
        " what matters."
    ),
    Verdict.EQUIVALENT: (
        "The 90% interval of the difference lies within the margin: whichever is ahead, it is by"
        " less than what matters. This is shown, not assumed: two one-sided tests at 5% each."
    ),
    Verdict.NOT_WORSE: (
        "The 95% interval holds 0, and the arm named is behind by less than the margin, if it is"
        " behind at all. Whether it is better, or as good, is open."
    ),
    Verdict.UNDECIDED: (
        "None of these is shown. Undecided does not mean equal. The numbers of seeds are those that"
        " would find a difference of one margin, or show a tie if there is none, 80% of the time."
    ),
    Verdict.NOTHING_VARIED: (
        "No verdict: the difference is the same in every repeat, so repeats are not evidence. The"
        " seed has to change something: the data, the weights, the order of the data."
    ),
    Verdict.TOO_FEW_SEEDS: (
        f"No verdict below {FEWEST_SEEDS} seeds: with 5, even five wins of five have a p of 6%."
    ),
    Verdict.TOO_MANY_FAILURES: (
        "No verdict: more runs of an arm failed, diverged or are missing than is allowed, and those"
        " left may be a lucky choice."
    ),
    **CLAIM_MEANINGS,
}


SIGN_FLIPS = ", and sign flips of the seeds agree (p below 5%)"

NO_VERDICT = {Verdict.NOTHING_VARIED, Verdict.TOO_FEW_SEEDS, Verdict.TOO_MANY_FAILURES}


def meaning_of(comparison: Comparison) -> str:
    """What the verdict of a pair means; of arms that are not paired no signs were flipped."""
    meaning = MEANINGS[comparison.verdict]
    flips = SIGN_FLIPS.replace("seeds", f"{comparison.unit}s") if comparison.gap.paired else ""
    return meaning.replace(SIGN_FLIPS, flips)


def verdict_link(comparison: Comparison) -> Link:
    """A pair's verdict in a few words, linked to its meaning."""
    return Link(phrase(comparison), anchor_of(comparison.verdict))


def phrase(comparison: Comparison) -> str:
    """A pair's verdict in a few words."""
    if comparison.verdict == Verdict.BETTER:
        margin = ", by at least the margin" if comparison.by_margin else ""
        return f"{comparison.winner} IS BETTER{margin}"
    if comparison.verdict == Verdict.BETTER_BY_LESS:
        return f"{comparison.winner} IS BETTER, by less than the margin"
    if comparison.verdict == Verdict.NOT_WORSE:
        return f"{comparison.not_worse} IS NOT WORSE"
    if comparison.verdict == Verdict.TOO_FEW_SEEDS and comparison.unit != "seed":
        return f"TOO FEW {comparison.unit.upper()}S"
    return str(comparison.verdict)


def corrected_p(comparison: Comparison) -> str:
    """The p that the verdict stands on, and what it is corrected for; empty without one."""
    if comparison.p is None:
        return ""
    size = comparison.family_size
    return format_p(comparison.p) + f" after correction for {size} comparisons" * (size > 1)


def scope_words(comparison: Comparison) -> str:
    """What a verdict on arms of files speaks about; the beginning of a sentence."""
    if comparison.scope == Scope.THESE:
        return f"These data sets, and other {comparison.unit}s of them"
    if comparison.scope == Scope.LIKE_THESE:
        return "Data sets like these"
    if comparison.scope in (Scope.THESE_ITEMS, Scope.LIKE_ITEMS):
        return str(comparison.scope).capitalize()
    return f"These {comparison.unit}s"


def count_of(n: int, thing: str) -> str:
    """So many things, in the singular for one."""
    return f"{n:,} {thing}{'s' * (n != 1)}"


def why_open(comparison: Comparison) -> str:
    """Why there is no final verdict, and what would give one; empty where there is one."""
    if comparison.verdict not in OPEN:
        return ""
    reasons = []
    if comparison.verdict == Verdict.UNDECIDED:
        reasons.append(corrected_p(comparison))
        if comparison.margin is None:
            reasons.append("no margin is declared, so a tie cannot be shown")
    needed = seeds_wanted(comparison)
    return "; ".join(filter(None, [*reasons, needed]))


def seeds_wanted(comparison: Comparison) -> str:
    """How many seeds would decide; empty where that is not known."""
    gap, tie = comparison.seeds_for_margin, comparison.seeds_for_tie
    things = f"{comparison.unit}s"
    parts = []
    if gap is not None:
        parts.append(f"{gap} {things} in all would find a difference of one margin")
    if tie is not None:
        parts.append(f"{tie}{'' if parts else f' {things} in all'} would show a tie")
    return " and ".join(parts) + ", 80% of the time" * bool(parts)


def cautions(comparison: Comparison) -> list[str]:
    """What a reader of the verdict must know besides, a sentence each."""
    said = []
    if comparison.unvarying and comparison.gap.varies:
        arms = " and ".join(comparison.unvarying)
        each = "on" if comparison.unit == "data set" else "under"
        said.append(f"{arms}: the same value {each} every {comparison.unit}")
    if comparison.missing and comparison.gap.paired:
        effect = (
            "the worst case for them would change the verdict"
            if comparison.missing_could_change
            else "the verdict stands in the worst case for them"
        )
        decided = comparison.verdict not in {*OPEN, *NO_VERDICT}
        things = f"{comparison.unit}{'s' * (comparison.missing != 1)}"
        said.append(f"{comparison.missing} {things} without a pair" + f"; {effect}" * decided)
    if comparison.sequential:
        added = "runs" if comparison.unit == "data set" else "seeds"
        by = ", by betting" * (comparison.sequence == "betting")
        said.append(f"{added} were added after a look: interval and p hold over all looks{by}")
    return said


def pair_count(pair: Comparison, study: Study) -> str:
    """How many seeds, data sets, or pairs of runs on these data sets a verdict is on."""
    if pair.scope != Scope.THESE:
        return seed_count(pair.gap.n, study)
    n, asked = pair.gap.n, len(study.blocks) * len(study.task.protocol.seeds)
    counted = f"{n} of {asked}" if n < asked else str(n)
    return f"{counted} pairs of runs on {pair.groups} data sets"


def seed_count(n: int, study: Study) -> str:
    """N seeds, or data sets, and of how many where some are missing."""
    if study.blocks:
        asked = len(study.blocks)
        return f"{n} of {asked} data sets" if n < asked else f"{n} data sets"
    asked = len(study.task.protocol.seeds)
    return f"{n} of {asked} seeds" if n < asked else f"{n} seed{'s' * (n != 1)}"


def looks_words(study: Study) -> str:
    """How seeds were added to a sequential study, and what that means; empty for others."""
    if not study.sequential:
        return ""
    held = "judged as sequential: intervals and p hold over all looks"
    if study.betting_bounds(study.primary_metric):
        low, high = study.betting_bounds(study.primary_metric) or (0.0, 1.0)
        held += f", by betting on values from {low:g} to {high:g}"
    if study.top_up is None or study.top_up.until_decided:
        return f"seeds were added until a verdict was reached, {held}"
    seen, added = study.top_up.seen, study.top_up.added
    were = f"{study.top_up.unit} was" if added == 1 else f"{study.top_up.unit}s were"
    return f"{added} {were} added after a verdict on {seen} had been seen, {held}"
