"""Training loops of one's own: what they are given, what they may give, and what is certified of
them.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from suite.analysis.analyse import analyse
from suite.analysis.study import Study
from suite.errors import SuiteError
from suite.provenance.identity import question_id, run_key
from suite.reports.details import traceback_lines
from suite.reports.markdown.task_section import task_section
from suite.result import Result
from suite.task.variants import placebo
from suite.training.measure import tensors_hash
from suite.verification.certificate import Certificate, certify
from suite.verification.checks import check
from tests.support.own_code import load_own, runs
from tests.support.tasks import DIGITS_TASK, LOOP_TASK

CODE = """
import random
import numpy as np


def train(arm, data, seed, device):
    assert set(vars(data)) == {"inputs", "targets"}, vars(data)
    assert len(data.inputs) == len(data.targets["label"]) == 90
    drawn = [random.random(), float(np.random.rand())]
    means = np.stack([data.inputs[data.targets["label"] == k].flatten(1).mean(0).numpy() for k in range(10)])

    def predict(inputs):
        rows = inputs.flatten(1).numpy()
        return -((rows[:, None] - means[None]) ** 2).sum(axis=2)

    return {"predict": predict, "history": {"loss": [2.0, 1.0]}, "metrics": {"luck": drawn[0], "other": drawn[1]}}
"""


def results(folder: Path, code: str, name: str) -> list[Result]:
    """The runs of arm one, whose loop is `code` in a module of that name."""
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.py").write_text(code)
    task = load_own(folder, LOOP_TASK.replace("own_loop", name))
    return [one for one in runs(task) if one.arm == "one"]


def test_a_loop_of_ones_own_makes_the_same_records_and_repeats(tmp_path: Path) -> None:
    found = results(tmp_path, CODE, "own_loop_a")
    assert [(one.seed, one.status, one.reason, one.trainer) for one in found] == [
        (0, "ok", None, "own"),
        (1, "ok", None, "own"),
    ]
    first = found[0]
    assert first.metrics.keys() == {"accuracy", "luck"}
    assert first.metrics["accuracy"] > 0.6  # nearest of ten means; by chance 0.1
    assert first.history["loss"] == (2.0, 1.0)
    assert first.metrics["luck"] != found[1].metrics["luck"]
    again = results(tmp_path, CODE, "own_loop_a")
    assert [(one.hashes, one.metrics) for one in again] == [
        (one.hashes, one.metrics) for one in found
    ]


def certificate(result: Result) -> Certificate:
    asked = {"settings": {"trainer": "own"}}
    key = run_key(question_id(asked), result.seed)
    return certify(result.model_copy(update={"key": key}), asked, {"cpu": "a"})


def test_runs_without_weights_are_certified_by_their_predictions_and_say_so(tmp_path: Path) -> None:
    found = results(tmp_path, CODE, "own_loop_b")[0]
    assert found.hashes.keys() == {"test_outputs"}
    verdict = check(certificate(found), certificate(found))
    assert (verdict.expected, verdict.tier, verdict.is_good) == ("PREDICTIONS", "PREDICTIONS", True)
    assert (
        verdict.reasons[0]
        == "its weights are not certified, for the training loop of its own gives none"
    )
    other = found.model_copy(update={"hashes": {"test_outputs": "ab" * 32}})
    assert not check(certificate(found), certificate(other)).is_good
    whole = results(
        tmp_path, CODE.replace('"history"', '"weights": {"means": means}, "history"'), "own_loop_c"
    )[0]
    assert whole.hashes.keys() == {"test_outputs", "final_weights"}
    assert whole.parameters is None  # arrays may be anything: the loop has not said
    assert check(certificate(whole), certificate(whole)).tier == "WEIGHTS"


@pytest.mark.parametrize(
    ("new", "reason"),
    [
        ("return 3\n", 'expected a dict with "predict", a function of inputs, got int'),
        (
            'return {"predict": predict, "weight": {}}\n',
            "expected predict, weights, history, metrics, parameters, got 'weight'",
        ),
        (
            'return {"predict": lambda inputs: [1.0]}\n',
            "predictions label: expected 60 rows, got shape (1,)",
        ),
        (
            'return {"predict": lambda inputs: predict(inputs).argmax(1)}\n',
            "accuracy: expected a row of scores for each item, one score a class, and labels from 0 of"
            " one form (N,), got scores (N,) and labels (N,) from 0: give predict_proba's rows",
        ),
        (
            'return {"predict": lambda inputs: predict(inputs)[:, :1]}\n',
            "got scores (N, 1) and labels (N,) from 0",
        ),
        (
            'return {"predict": lambda inputs: predict(inputs)[:, :4]}\n',
            "predictions label: expected a score of each class, 0 to 9, got 4 scores an item",
        ),
        (
            'return {"predict": lambda inputs: None}\n',
            "predictions label: expected an array of numbers, got NoneType",
        ),
        (
            'return {"predict": predict, "metrics": {"luck": "good"}}\n',
            "metrics luck: expected one number, got str",
        ),
        ('return {"predict": predict, "history": 3}\n', "history: expected a dict, got int"),
        (
            'return {"predict": predict, "parameters": 2.5}\n',
            "parameters: expected a whole number from 0, got 2.5",
        ),
        ("data.test\n", "'Training' object has no attribute 'test'"),
    ],
)
def test_a_loop_that_gives_nonsense_fails_with_one_line(
    tmp_path: Path, new: str, reason: str
) -> None:
    name = f"own_loop_{abs(hash(new)) % 10**8}"
    head, _, _ = CODE.partition("    return {")
    found = results(tmp_path, head + "    " + new, name)[0]
    assert found.status == "failed"
    assert reason in (found.reason or "")
    assert "\n" not in (found.reason or "")


def test_a_declared_metric_that_a_loop_does_not_give_fails_the_run_with_what_it_gave(
    tmp_path: Path,
) -> None:
    task = LOOP_TASK.replace("optional = true\n", "").replace("own_loop", "own_loop_m")
    task = task.replace('model = "own_nets:Net"', 'train = "own_loop_m:train"')
    task = task.replace("arguments = { width = 9 }\n", "epochs = 3\n")
    (tmp_path / "own_loop_m.py").write_text(CODE.replace('"luck": drawn[0], ', ""))
    found = runs(load_own(tmp_path, task))[0]
    assert (found.status, found.metrics) == ("failed", {})
    assert (
        "metrics.luck: expected a value of every arm, got none; given are outputs label, targets"
        " label and metrics accuracy; name one, or say optional = true"
    ) in (found.reason or "")


def test_an_estimator_learns_whole_numbers_that_are_no_classes(tmp_path: Path) -> None:
    """The digits as numbers: 0 for 9 is further off than 8 for 9."""
    text = DIGITS_TASK.replace(
        'model = "own_nets:Net"\n\n',
        'model = "sklearn.linear_model:Ridge"\ntrain = "suite.training.estimators:train"\n\n',
    ).replace("[metrics.accuracy]", '[metrics.distance]\nname = "MeanAbsoluteError"')
    (first,) = runs(load_own(tmp_path, text), jobs=slice(1))
    assert (first.status, first.parameters) == ("ok", 65)
    assert 0.5 < first.metrics["distance"] < 2.5


def test_estimators_of_scikit_learn_need_no_code(tmp_path: Path) -> None:
    text = DIGITS_TASK.replace(
        'model = "own_nets:Net"\n\n',
        'model = "sklearn.tree:DecisionTreeClassifier"\ntrain ='
        ' "suite.training.estimators:train"\narguments = { max_depth = 8 }\n\n',
    )
    found = [one for one in runs(load_own(tmp_path, text)) if one.arm == "one"]
    assert [(one.status, one.reason) for one in found] == [("ok", None)] * 2
    assert found[0].metrics["accuracy"] > 0.3
    assert json.loads(found[0].model_dump_json())["trainer"] == "own"
    wrong = text.replace("sklearn.tree:DecisionTreeClassifier", "own_nets:Net").replace(
        "max_depth = 8", "width = 3"
    )
    failed, *_ = runs(load_own(tmp_path, wrong))
    assert "model: own_nets:Net: expected an estimator of scikit-learn, got Net" in (
        failed.reason or ""
    )


@pytest.mark.parametrize(
    ("model", "parameters"),
    [
        ("sklearn.linear_model:LogisticRegression", 64 * 10 + 10),
        ("sklearn.tree:DecisionTreeClassifier", None),  # 64 importances are no parameters
        ("sklearn.svm:LinearSVC", 64 * 10 + 10),
        ("sklearn.svm:SVC", None),
    ],
)
def test_parameters_of_an_estimator_are_what_it_learned_and_can_be_counted(
    tmp_path: Path, model: str, parameters: int | None
) -> None:
    text = DIGITS_TASK.replace(
        'model = "own_nets:Net"\n\n',
        f'model = "{model}"\ntrain = "suite.training.estimators:train"\n\n',
    )
    (first,) = runs(load_own(tmp_path, text), jobs=slice(1))
    assert (first.status, first.parameters) == ("ok", parameters)


def test_of_a_module_its_parameters_are_counted_and_its_buffers_hashed(tmp_path: Path) -> None:
    code = CODE.replace("import numpy", "import torch\nimport numpy").replace(
        '{"predict"', '{"weights": torch.nn.BatchNorm1d(7), "predict"'
    )
    net = torch.nn.BatchNorm1d(7)  # 7 scales, 7 shifts; the rest are buffers
    found = results(tmp_path, code, "own_loop_module")[0]
    expected = tensors_hash(sorted(net.state_dict().items()))
    assert (found.parameters, found.hashes["final_weights"]) == (14, expected)


def test_a_prediction_that_is_not_finite_is_a_diverged_run(tmp_path: Path) -> None:
    code = CODE.replace("return -((rows[:, None]", "return np.nan * ((rows[:, None]")
    found = results(tmp_path, code, "own_loop_nan")[0]
    assert (found.status, found.reason, found.metrics) == (
        "diverged",
        "a test output is not finite",
        {},
    )


def test_a_run_that_diverged_is_not_said_to_lack_weights(tmp_path: Path) -> None:
    found = certificate(results(tmp_path, CODE, "own_loop_d")[0])
    diverged = found.model_copy(update={"status": "diverged", "hashes": {}})
    assert check(diverged, diverged).tier == "WEIGHTS"


def test_the_report_marks_arms_whose_weights_nobody_can_certify(tmp_path: Path) -> None:
    (tmp_path / "own_loop_e.py").write_text(CODE)
    task = load_own(tmp_path, LOOP_TASK.replace("own_loop", "own_loop_e"))
    found = runs(task)
    by_arm = {arm: tuple(one for one in found if one.arm == arm) for arm in task.arms}
    page = "\n".join(task_section(analyse(Study(task, "cpu", "e", by_arm))))
    assert page.count("**Not certified**") == 1
    assert (
        "**Not certified**: one: its weights are not certified, for the training loop of its own"
        " gives none." in page
    )
    assert "one: model own\\_loop\\_e:train, trained by own\\_loop\\_e:train" in page


def loop(body: str, extra: str = "") -> str:
    """A loop that does that first, and what it then gives: a class by the seed alone."""
    return f"""
import os, pathlib
import numpy as np

def train(arm, data, seed, device{extra}):
{body}
    def predict(inputs):
        scores = np.zeros((len(inputs), 10))
        scores[:, seed % 7] = 1 + seed
        return scores
    return {{"predict": predict, "metrics": {{"luck": seed}}}}
"""


def test_a_loop_is_given_the_seed_of_the_study(tmp_path: Path) -> None:
    found = results(tmp_path, loop("    pass"), "own_loop_seed")
    assert [(one.seed, one.metrics["luck"]) for one in found] == [(0, 0.0), (1, 1.0)]


def test_a_placebo_of_a_loop_has_another_seed_in_each_arm(tmp_path: Path) -> None:
    (tmp_path / "own_loop_placebo.py").write_text(loop("    pass"))
    task = load_own(tmp_path, LOOP_TASK.replace("own_loop", "own_loop_placebo"))
    found = [one.metrics["luck"] for one in runs(placebo(task, "one"))]
    assert len(set(found)) == 4


def test_a_stream_that_does_not_vary_gives_a_loop_the_same_seed(tmp_path: Path) -> None:
    (tmp_path / "own_loop_vary.py").write_text(loop("    pass"))
    text = LOOP_TASK.replace("own_loop", "own_loop_vary").replace(
        "seeds =", 'vary = ["data"]\nseeds ='
    )
    found = [one for one in runs(load_own(tmp_path, text)) if one.arm == "one"]
    assert [one.metrics["luck"] for one in found] == [0.0, 0.0]


@pytest.mark.parametrize("extra", [", run", ", *, run", ", run=None"])
def test_a_loop_that_names_run_is_told_of_it(tmp_path: Path, extra: str) -> None:
    body = """
    assert (run.seed, run.arm, run.data_set, run.is_trial) == (seed, "one", "", False)
    assert run.folder.is_dir() and not list(run.folder.iterdir())
    run.tell_epoch(1, 3)
"""
    found = results(tmp_path, loop(body, extra), f"own_loop_run_{len(extra)}")
    assert [one.reason for one in found] == [None, None]


def test_a_loop_with_a_fifth_argument_of_another_name_is_refused(tmp_path: Path) -> None:
    (tmp_path / "own_loop_fifth.py").write_text(loop("    pass", ", logger"))
    task = load_own(tmp_path, LOOP_TASK.replace("own_loop", "own_loop_fifth"))
    with pytest.raises(SuiteError, match="train: own_loop_fifth:train needs 'logger'"):
        runs(task)


def test_a_failed_run_names_the_line_of_the_users_code(tmp_path: Path) -> None:
    body = """
    try:
        deeper(data)
    except KeyError as error:
        raise ValueError("no column") from error

def deeper(data):
    return {}["age"]

def rest(seed):
"""
    found = results(tmp_path, loop(body), "own_loop_raising")[0]
    assert found.reason == "KeyError: 'age' (own_loop_raising.py, line 13, in deeper)"
    assert 'File "own_loop_raising.py", line 8, in train' in found.traceback
    assert found.traceback.endswith("ValueError: no column")
    assert "custom.py" not in found.traceback
    assert traceback_lines(found)[0][1] == "Traceback (most recent call last):"


def test_a_loop_has_no_time_out_that_nobody_set(tmp_path: Path) -> None:
    task = load_own(tmp_path, LOOP_TASK)
    assert (task.limits("one").timeout_s, task.limits("two").timeout_s) == (None, 3600.0)
    limited = load_own(tmp_path, LOOP_TASK.replace("seeds =", "timeout_s = 60\nseeds ="))
    assert limited.limits("one").timeout_s == 60.0
