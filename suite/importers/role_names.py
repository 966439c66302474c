"""What the columns of a table are, by the names that people give them.

Names are compared without case, spaces, "-", "_" and the prefixes that trackers put before them
("params.model", "config/seed").
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

Role = Literal["arm", "block", "seed", "item", "cluster", "fold", "metric"]
Direction = Literal["higher", "lower"]


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


# The names of a role, those that say it best first.
ROLE_NAMES: Mapping[Role, tuple[str, ...]] = {
    "arm": _names(
        "arm method algorithm algo approach variant framework system agent policy strategy model"
        " classifier regressor estimator learner solver optimizer optimiser treatment condition"
    ),
    "block": _names(
        "dataset datasets data benchmark task environment env game problem domain corpus"
    ),
    "seed": _names(
        "seed randomseed rngseed randomstate replicate replication repetition repeat rep"
        " trial run runnumber runindex resample"
    ),
    "item": _names("item example question sample instance document doc query prompt utterance"),
    "cluster": _names("cluster passage group subject patient participant speaker"),
    "fold": _names("fold cvfold outerfold splitindex splitnumber foldindex foldnumber"),
    "metric": ("metric", "measure"),
}
# Names that say a role only where nothing else does, and rows do not each have their own.
WEAK_NAMES: Mapping[Role, tuple[str, ...]] = {
    "arm": ("name",),
    "item": ("id", "idx", "uid", "key", "subject", "patient", "participant"),
    "seed": ("runid",),
}
TIMES = frozenset(_names("time duration latency runtime walltime elapsed seconds"))
GENERIC = frozenset(_names("value score result performance"))
HIGHER = GENERIC | frozenset(
    _names(
        "accuracy acc f1 f1score fscore fmeasure auc auroc rocauc auprc aupr prauc"
        " averageprecision ap map bleu chrf meteor rouge rouge1 rouge2 rougel rougelsum r2"
        " rsquared reward rew return precision recall sensitivity specificity mcc iou miou"
        " dice psnr ssim exactmatch em kappa pearson spearman kendall ndcg mrr hits winrate"
        " successrate success passrate passed correct throughput fps elbo loglikelihood"
        " jaccard purity nmi ari"
    )
)
LOWER = TIMES | frozenset(
    _names(
        "loss error err errorrate rmse mse mae mape rmsle meansquarederror"
        " rootmeansquarederror meanabsoluteerror squarederror rootsquarederror absoluteerror"
        " nll negativeloglikelihood perplexity ppl wer cer ter fid logloss crossentropy xent"
        " ce bce brier brierscore ece regret cost bpb bpc bpd"
    )
)
# Words around the name of a metric that leave what is better as it is.
MODIFIERS = frozenset(
    _names(
        "test val valid validation dev eval evaluation train training holdout heldout oof cv"
        " final best last mean avg average median macro micro weighted balanced top top1 top5"
        " episode episodic ep total cumulative normalized normalised norm metric metrics s ms"
        " sec secs wall clock"
    )
)
CURVES = frozenset(_names("step steps epoch epochs iteration iterations iter iters"))
# Words of columns about a run that say nothing of what was compared.
BOOKKEEPING = (
    CURVES
    | TIMES
    | frozenset(
        _names(
            "timestamp date datetime utc created updated user author notes note comment comments"
            " url uri path file filename directory host hostname git commit sha hash uuid guid"
            " tags sweep info message traceback memory mem count counts runname runuuid"
            " experimentid jobid pid nparams numparams paramscount parameters sourcename"
            " sourcetype std stdev stddev stderr sem se ci rank prediction predictions"
            " predicted pred response answer output tokens"
            " completion length"
        )
    )
)
# Words that stand beside those: "n_params", "fit_time", "peak_memory_mb".
AROUND_NOTES = frozenset(
    _names(
        "n num no number of in per fit score predict inference infer search tune tuning run model"
        " gpu cpu peak max min used use size start started end ended begin finish finished step"
        " hour hours h minute minutes mins ms us ns mb gb kb bytes kib mib gib id name process"
        " wait queue load loading setup compile data best params param trainable"
    )
)
# Words of columns that say under which conditions a value was measured.
SPLITS = frozenset(_names("split subset partition phase filter"))
STATES = frozenset(_names("state status"))
ENDED_WELL = frozenset(_names("finished success succeeded successful ok completed complete done"))
ENDED_BADLY = frozenset(
    _names(
        "failed failure fail crashed crash error killed running timeout timedout oom diverged"
        " preempted cancelled canceled scheduled queued pending aborted stopped"
    )
)
_PREFIX = re.compile(
    r"^(params?|config|cfg|hparams|hyperparameters|metrics?|tags|summary)[./]+(?=.)", re.IGNORECASE
)


def without_prefix(name: str) -> str:
    """The name as it was before a tracker put "params." or the like before it."""
    return _PREFIX.sub("", name)


def words_of(name: str) -> list[str]:
    """The words of a column's name, in lower case and without a tracker's prefix."""
    return [word for word in re.split(r"[\W_]+", without_prefix(name).casefold()) if word]


def plain(name: str) -> str:
    """The name in lower case, without a tracker's prefix and all that is no letter or digit."""
    return "".join(words_of(name))


def name_rank(name: str, role: Role) -> int | None:
    """How well a name says a role: 0 best, None not at all."""
    text = plain(name)
    known = ROLE_NAMES[role]
    for form in (text, text.removesuffix("name"), text.removesuffix("id")):
        if form in known and text not in WEAK_NAMES.get(role, ()):
            return known.index(form)
    is_seed = role == "seed" and "seed" in words_of(name)[-1:]
    return len(known) if is_seed else None


def is_weak_name(name: str, role: Role) -> bool:
    """Whether a name says the role only where no better one does."""
    return plain(name) in WEAK_NAMES.get(role, ())


def direction_of(name: str) -> Direction | None:
    """What is better under a metric of that name, where the name says so."""
    words = words_of(name)
    if "".join(words) in HIGHER | LOWER:
        return "higher" if "".join(words) in HIGHER else "lower"
    is_negated = words[:1] in (["neg"], ["negative"])
    words = [word for word in words[is_negated:] if word not in MODIFIERS and not word.isdigit()]
    stem = "".join(words)
    if stem not in HIGHER | LOWER and len(words) > 1:
        stem = stem.removesuffix("score")
    if stem not in HIGHER | LOWER:
        return None
    return "higher" if (stem in HIGHER) != is_negated else "lower"


def is_time(name: str) -> bool:
    """Whether a column of that name holds times."""
    return bool(TIMES & {plain(name), *words_of(name)})


def is_generic(name: str) -> bool:
    """Whether the name says that numbers are results, and not of which metric."""
    return plain(name) in GENERIC


def split_rank(name: str) -> int:
    """0 for a metric of test data, 1 where the name says nothing, 2 validation, 3 training."""
    words = set(words_of(name))
    if words & {"train", "training"}:
        return 3
    if words & {"val", "valid", "validation", "dev"}:
        return 2
    return 0 if words & {"test", "holdout", "heldout"} else 1


def is_bookkeeping(name: str) -> bool:
    """Whether a column notes when and where something was run, how far it came, what came out."""
    words = words_of(name)
    is_outcome = len(words) > 1 and words[0] == "best"  # best_params: tuned within the run
    return is_outcome or bool(BOOKKEEPING & {plain(name), *words})


def is_only_bookkeeping(name: str) -> bool:
    """Whether all words of a column's name are of such notes: "train_time_s", not "Time-CNN"."""
    known = BOOKKEEPING | MODIFIERS | AROUND_NOTES
    return plain(name) in known or all(word in known or word.isdigit() for word in words_of(name))


def is_index_name(name: str) -> bool:
    """Whether a column has the name that an index gets when nobody names it."""
    return (
        plain(name) in ("", "index", "level0")
        or re.fullmatch(r"unnamed\d+", plain(name)) is not None
    )
