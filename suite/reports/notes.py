"""What RESULTS.md and the page say of their numbers, once for both."""

from __future__ import annotations

READING = (
    "± is the standard deviation over seeds; every seed draws its data, its initial weights "
    "and its batch order anew, so the\n"
    "spread is over all three. Intervals are 95% t intervals of a mean. Differences are "
    "paired by seed: both arms of a pair saw\n"
    "the same data in the same order. Verdicts speak of seeds, with this protocol, these data"
    " sets and this environment, and of nothing else."
)
CLAIMS = (
    "What the sources reported, from single runs, beside what was measured here. A reported "
    "number carries the sampling error\n"
    "of its own test set, whatever happened in training: its own evidence is the 95% interval"
    " and p of the reported difference for\n"
    "that alone. The percentile is the share of single runs that are expected to fall below "
    "the reported one."
)
DIFFERENCES = (
    "Differences of protocol that are known: the assumptions below each task, which the "
    "sources leave unsaid; the data draw; the\n"
    "versions under Environment; and the number of runs."
)
COSTS = (
    "A GFLOP is 10^9 floating-point operations of the matrix products and convolutions of all"
    " of one seed's training steps, forward\n"
    "and backward, as torch counts them: 2 for a multiplication with its addition. Ratios of "
    "times are without evaluation, of arms that took turns."
)
BUDGETS = (
    "**Unequal budgets**: a difference may come from what one arm is granted and the other is not."
)
EFFECTS = (
    "Main effects, each the mean over the arms with one level less the mean over those with "
    "the other, and their\n"
    "interaction: how much larger the second factor's effect is at the first level of the "
    "first than at its second."
)
