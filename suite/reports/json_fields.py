"""The fields of a verdict in JSON: what each is called, holds and means. docs/json.md shows them.

`comparison_json` and `comparison_fields` write them in this order.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class JsonField:
    """One field: what it holds, and what it means."""

    name: str
    holds: str
    meaning: str


OF_COMPARISONS = (
    JsonField("unit", "text", "what was counted: `seed`, `item`, `fold` or `data set`"),
    JsonField("a", "text", "the first arm"),
    JsonField("b", "text", "the second arm"),
    JsonField("metric", "text", "what was measured"),
    JsonField("direction", "text", "what is better: `higher` or `lower`"),
    JsonField(
        "margin", "number or null", "what is too small to matter; null where none is declared"
    ),
    JsonField("paired", "boolean", "whether units with the same name are pairs"),
    JsonField("n", "integer", "how many pairs; of arms that are not paired, the smaller number"),
    JsonField("mean_a", "number", "the mean of `a`, over what was compared"),
    JsonField("mean_b", "number", "the mean of `b`"),
    JsonField("mean_gap", "number", "`mean_a` less `mean_b`, in the metric's own unit"),
    JsonField("sd_gap", "number or null", "the standard deviation of the differences"),
    JsonField(
        "interval",
        "two numbers or null",
        "of the gap, for the whole family; a bound without end is null",
    ),
    JsonField("interval_90", "two numbers or null", "the same at 90%, by which a tie is shown"),
    JsonField("interval_level", "number", "the level of `interval`: 0.95"),
    JsonField("p", "number or null", "of this pair by itself, not corrected"),
    JsonField("p_adjusted", "number or null", "of the verdict: corrected for the family"),
    JsonField("family_size", "integer", "how many pairs were judged together"),
    JsonField("verdict", "text", "the word"),
    JsonField("winner", "text or null", "the arm that is better"),
    JsonField("by_margin", "boolean", "whether it is better by at least the margin"),
    JsonField("not_worse", "text or null", "the arm that is not worse"),
    JsonField(
        "seeds_for_margin",
        "integer or null",
        "units in all that would find a gap of one margin 80% of the time; null where decided",
    ),
    JsonField("seeds_for_tie", "integer or null", "units in all that would show a tie, likewise"),
    JsonField("sequential", "boolean", "whether seeds were added after a look"),
    JsonField(
        "sequence", "text or null", "how the interval allows for looks: `t`, `betting`, or not"
    ),
    JsonField("missing", "integer", "units without a pair"),
    JsonField(
        "missing_could_change", "boolean", "whether their worst case would change the verdict"
    ),
    JsonField("unvarying", "list of text", "arms with the same value in every unit"),
    JsonField(
        "scope",
        "text",
        "what the verdict speaks about: `these seeds`, `these items`, `these folds`, `these test"
        " items`, `test items like these`, `these data sets` or `data sets like these`",
    ),
    JsonField("smallest_detectable", "number or null", "the gap that `n` pairs would find, 80%"),
    JsonField("probability_a_beats_b", "number", "of a pair of runs; ties count half"),
    JsonField("ties", "integer", "pairs with equal values"),
    JsonField("is_primary", "boolean", "whether the metric is the one that the question is about"),
)

OF_LINES = (
    JsonField("version", "integer", "of these names: it rises where a field changes its meaning"),
    *OF_COMPARISONS,
    JsonField("unpaired_a", "integer", "values of `a` without a partner"),
    JsonField("unpaired_b", "integer", "values of `b` without a partner"),
    JsonField("without_value_a", "integer", "runs or items of `a` that have no value"),
    JsonField("without_value_b", "integer", "runs or items of `b` that have no value"),
    JsonField("environment_a", "text or null", "where the runs of `a` were made, if of a store"),
    JsonField("environment_b", "text or null", "where the runs of `b` were made, if of a store"),
    JsonField("history", "list of text", "what changed after results of stored arms were seen"),
    JsonField(
        "like_items",
        "object or null",
        "the same pair judged for further test items of their kind, with the fields from `unit` to"
        " `is_primary`; null where seeds share none",
    ),
)


def fields_table() -> str:
    """The fields of a line of `suite compare --json`, as a table in Markdown."""
    rows = [f"| `{one.name}` | {one.holds} | {one.meaning} |" for one in OF_LINES]
    return "\n".join(["| field | holds | what it says |", "|:--|:--|:--|", *rows]) + "\n"
