"""What RESULTS.md and the page say of their numbers, once for both."""

from __future__ import annotations

from collections.abc import Sequence

from suite.task.schema import Task

_READING = (
    "± is the standard deviation over seeds; what a seed varies stands with each task's verdicts."
    " Intervals of a mean are 95% t\n"
    "intervals; those of differences hold for all comparisons under the task's first metric"
    " together, or under its others. Differences are\n"
)
SAME_DATA = "both arms of a pair saw the same data in the same order."
SAME_SEED = (
    "both commands of a pair were given the same seed; whether they did the same with it is theirs."
)
SEED_OF_LOGS = "logs name the same seed; what it decided there is not known."
SAME_DATA_OR_SEED = (
    "models saw the same data in the same order, and commands were given the same seed; whether\n"
    "these did the same with it is theirs."
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
_COSTS = (
    "A GFLOP is 10^9 floating-point operations of the matrix products and convolutions of all"
    " of one seed's training steps, forward\n"
    "and backward, as torch counts them: 2 for a multiplication with its addition. Ratios of "
    "times are without evaluation, of arms that took turns."
)
_COMMAND_TIMES = "Times of commands are those of whole commands, of arms that took turns."
BUDGETS = (
    "**Unequal budgets**: a difference may come from what one arm is granted and the other is not."
)
EFFECTS = (
    "Main effects, each the mean over the arms with one level less the mean over those with "
    "the other, and their\n"
    "interaction: how much larger the second factor's effect is at the first level of the "
    "first than at its second."
)


def reading_note(tasks: Sequence[Task]) -> str:
    """How the numbers of these tasks are to be read."""
    logged = [task for task in tasks if task.is_measured_elsewhere]
    tasks = [task for task in tasks if task not in logged]
    pairing = SAME_DATA
    if logged and not tasks:
        return f"{_READING}paired by seed: {SEED_OF_LOGS}"
    if has_commands(tasks):
        is_alone = all(task.is_of_commands for task in tasks)
        pairing = SAME_SEED if is_alone else SAME_DATA_OR_SEED
    more = f"\nOf those that were measured elsewhere: {SEED_OF_LOGS}" if logged else ""
    return f"{_READING}paired by seed: {pairing}{more}"


def costs_note(tasks: Sequence[Task]) -> str:
    """What the costs of these tasks are costs of."""
    tasks = [task for task in tasks if not task.is_measured_elsewhere]
    if not tasks:
        return "Of what was measured elsewhere no costs are known."
    if all(task.is_of_commands for task in tasks):
        return _COMMAND_TIMES
    return f"{_COSTS} {_COMMAND_TIMES}" if has_commands(tasks) else _COSTS


def has_commands(tasks: Sequence[Task]) -> bool:
    """Whether an arm of one of these tasks is a command."""
    return any(arm.command for task in tasks for arm in task.arms.values())
