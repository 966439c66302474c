"""Signs that numbers of one table are in several units, such as percent beside shares."""

from __future__ import annotations

from suite.importers.measured_table import MeasuredTable

PERCENT = (
    50,
    200,
)  # how many times as large an arm in percent is as one of half or twice its share


def unit_notes(table: MeasuredTable, margin: float | None) -> list[str]:
    """What a reader should look at: an arm in another unit than the others, or a margin in one."""
    values = table.rows.dropna(subset=["value"])
    notes = []
    spread = float(values["value"].max() - values["value"].min()) if len(values) else 0.0
    if margin is not None and 0 < spread < margin:
        notes.append(
            f"take care: the margin {margin:g} is larger than any difference between two values"
            f" ({spread:.3g}); it must be in the unit of the values"
        )
    middles = values.groupby("arm", sort=False)["value"].median()
    shares = values.groupby("arm", sort=False)["value"].agg(["min", "max"])
    within = shares.index[(shares["min"] >= 0) & (shares["max"] <= 1)]
    beyond = shares.index[(shares["min"] >= 0) & (shares["max"] > 1) & (shares["max"] <= 100)]
    if len(within) and len(beyond):
        low, high = within[0], beyond[0]
        if PERCENT[0] * middles[low] <= middles[high] <= PERCENT[1] * middles[low]:
            notes.append(
                f"take care: {high} has values up to {shares['max'][high]:.3g} and {low} up to"
                f" {shares['max'][low]:.3g}: are they percent beside shares?"
            )
    return notes
