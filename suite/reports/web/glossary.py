"""What the headings of the page's tables, the suite's metrics and its models mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from suite.analysis.analyse import Analysis
from suite.reports.numbers import metric_name
from suite.reports.prose import Code, Prose
from suite.reports.table import Heading

COLUMNS: Mapping[str, Prose] = {
    "arm": (
        "One of the things that a task compares: a model with its way of training. A and B are the"
        " two arms of a pair."
    ),
    "id": (
        "Stands for what a row says and for the runs behind it; other runs, another id. ",
        Code("suite show ID"),
        " prints them.",
    ),
    "n": "Seeds with a result; of a pair, seeds under which both arms have one.",
    "mean ± sd": "The mean over seeds and the standard deviation of single runs around it.",
    "sd of the test set": (
        "What the luck of finite test sets adds to the spread: the root of p (1 - p) / m for a"
        " share p of m items. It is a part of sd where every seed draws its own test set; where all"
        " seeds share one, they share its luck, and no number of seeds shows it."
    ),
    "measured, mean ± sd": (
        "Of each arm, the mean over seeds and the standard deviation of single runs; then the"
        " difference with its 95% interval, or the interval that a target is judged by."
    ),
    "95% interval of the mean": (
        "Where the mean of endlessly many seeds lies, with 95% confidence; not where single runs"
        " lie."
    ),
    "95% interval": (
        "Where the mean difference, or ratio, of endlessly many seeds lies, with 95% confidence;"
        " of differences, for all comparisons together."
    ),
    "min to max": "The lowest and the highest seed.",
    "seeds without result": (
        "Seeds whose run failed, diverged or was not made; they are in no mean."
    ),
    "training GFLOP": "10^9 floating-point operations of one seed's training.",
    "time / time of ...": (
        "The arm's training time as a multiple of the named arm's, of runs that took turns."
    ),
    "A - B": "The mean over seeds of A's value less B's, in points for a metric in percent.",
    "corrected p": (
        "How often a difference at least as large would come of no difference at all, corrected for"
        " all comparisons under the task's first metric, or under its others. Below 5% exactly"
        " where the 95% interval excludes 0."
    ),
    "smallest detectable": (
        "The smallest mean difference that this number of seeds would find 80% of the time."
    ),
    "margin": "What the task declares: a smaller difference is too small to matter.",
    "A above B, equal, below": "Under how many seeds A's value was above, equal to and below B's.",
    "probability that A is above B": (
        "The share of seeds under which A is above B, ties as half, with its 95% interval."
    ),
    "sd of A - B": "The standard deviation, over seeds, of the difference.",
    "effect size": "The mean difference divided by its standard deviation over seeds.",
    "correlation": "Of A's and B's values over the seeds that both ran.",
    "variance left by pairing": (
        "The variance of the difference as a share of what two unpaired arms would have. Near 1,"
        " pairing bought nothing."
    ),
    "effect": (
        "What a factor changes: the mean of the arms with its first level less the mean of those"
        " with its second."
    ),
    "what": "The arm, the order of two arms, or what an arm was said to reach.",
    "reported": "What the source states; of two values, then their difference.",
    "verdict": "Each word is explained above.",
    "answer": (
        "Each word is explained above. Direction: of a pair, by its verdict. Size: of the reported"
        " difference. Level: of a reported value. Without a name: of a target or a count."
    ),
    "its own evidence": (
        "What the reported number shows by its own test set alone, without any run here: its 95%"
        " interval, and of a difference its p."
    ),
    "such numbers here, 95%": (
        "Where a number that came about as the reported one did falls 95% of the time: that of a"
        " single run, or of the mean, the best or the median of as many."
    ),
    "percentile of the reported one": (
        "The share of such numbers, in percent, that are expected below the reported one; of a"
        " difference, those that favour the named arm by less."
    ),
    "seeds trained together": "How many seeds one job trained at once; they share its time.",
    "per seed, s": "The training time of a job divided by the seeds that it trained.",
    "training time per seed, s": (
        "The training time of the job divided by the seeds that it trained; without evaluation."
    ),
    "-": "In a cell: missing. It was not measured, or there is no such number here.",
}
COLUMNS_OF_DATA_SETS: Mapping[str, Prose] = {
    "data set": "One of the data sets that the task is over; every arm runs on each of them.",
    "speaks of": (
        "These data sets: what further seeds on them would show; every seed on a data set is one"
        " observation. Data sets like these: what further data sets of their kind would show; every"
        " data set is one observation, however many seeds it has."
    ),
}
METRICS: Mapping[str, str] = {
    "accuracy": "The share of test items whose largest output is that of their class.",
    "digit_accuracy": "The share of test digits predicted right; of pairs, both sides pooled.",
    "digit_accuracy_first": "The share of test pairs whose first digit is predicted right.",
    "digit_accuracy_second": "The share of test pairs whose second digit is predicted right.",
    "target_accuracy": (
        "The share of test pairs whose target follows from the two predicted digits. The target: is"
        " the first digit at most the second?"
    ),
    "target_accuracy_head": (
        "The share of test pairs whose target the network's comparison head gives, which sees the"
        " scores of both digits. An arm without that head has no such metric."
    ),
}
MODELS: Mapping[str, str] = {
    "sigmoid-mlp": (
        "Linear layers with ReLU between them; only the output has the sigmoid that the name"
        " speaks of."
    ),
}


def meaning(heading: Heading, metrics: Mapping[str, Prose]) -> Prose:
    """What a heading of a table means; empty where its word says it.

    `metrics`: their meanings by their names.
    """
    columns = {**COLUMNS, **COLUMNS_OF_DATA_SETS}
    return columns.get(heading.term) or metrics.get(heading.term, "")


def columns_of(analyses: Sequence[Analysis]) -> Mapping[str, Prose]:
    """The meanings of the headings that the tables on these studies have."""
    has_data_sets = any(analysis.study.blocks for analysis in analyses)
    return {**COLUMNS, **COLUMNS_OF_DATA_SETS} if has_data_sets else COLUMNS


def metrics_of(analyses: Sequence[Analysis]) -> dict[str, Prose]:
    """The meanings of the suite's metrics that are used, by their names.

    A metric of a task's own is not known here.
    """
    used = {
        key
        for analysis in analyses
        for key, metric in analysis.study.task.metrics.items()
        if metric.name is None
    }
    return {metric_name(key): text for key, text in METRICS.items() if key in used}


def models_of(analyses: Sequence[Analysis]) -> dict[str, Prose]:
    """The meanings of models whose names mislead, where a task uses them."""
    used = {arm.model for analysis in analyses for arm in analysis.study.task.arms.values()}
    return {name: text for name, text in MODELS.items() if name in used}
