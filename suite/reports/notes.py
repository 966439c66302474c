"""What RESULTS.md and the page say of their numbers, once for both."""

from __future__ import annotations

READING = (
    "± is the standard deviation over seeds; what a seed varies stands with each task's verdicts."
    " Intervals of a mean are 95% t\n"
    "intervals; those of differences hold for all comparisons under the task's first metric"
    " together, or under its others. Differences are\n"
    "paired by seed: both arms of a pair saw the same data in the same order."
)
CLAIMS = (
    "What the sources reported, beside what was measured here, with separate answers. Direction: "
    "is the arm better that was said to be,\n"
    "by the verdict on the pair. Size and level: does the reported difference or value lie where"
    " such numbers fall here 95% of the time:\n"
    "those of a single run, or of the mean, the best or the median of as many runs as were"
    " reported. The percentile is the share of such\n"
    "numbers expected below the reported one. Its own evidence is what its own test set shows,"
    " whatever happened in training: the 95%\n"
    "interval (Wilson's; of a difference Newcombe's) and the p of the score test."
)
WITHIN = "Verdicts within each data set, which hold for all data sets together"
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
