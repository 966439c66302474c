"""`suite validate`: a good task passes, and a bad version of each part gets its one clear line."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from suite.errors import SuiteError
from suite.execution import isolation
from suite.execution.examining import examine_arms
from suite.execution.preflight import examine
from suite.plan.plan import make_plan
from tests.support.own_code import NETS, load_own
from tests.support.tasks import DIGITS_TASK

FRESH = itertools.count()


def refusal(folder: Path, task: str, nets: str) -> str:
    """The one line that a task gets whose models are `nets`, in a module that no other test has
    loaded.
    """
    name = f"own_checked_{next(FRESH)}"
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.py").write_text(nets)
    with pytest.raises(SuiteError) as caught:
        list(examine(load_own(folder, task.replace("own_nets", name)), "cpu"))
    assert "\n" not in str(caught.value)
    return str(caught.value).replace(name, "own_nets")


def test_a_good_task_is_said_to_be_with_its_parameters(tmp_path: Path) -> None:
    found = list(examine(load_own(tmp_path), "cpu"))
    assert [(one.arm, one.device, one.parameters, one.metrics, one.certified) for one in found] == [
        ("one", "cpu", 64 * 7 + 7 + 14 + 70 + 10, ("accuracy",), True),
        ("two", "cpu", 64 * 9 + 9 + 18 + 90 + 10, ("accuracy",), True),
    ]


RANDOM = "import numpy as np\n" + NETS.replace(
    "    def forward",
    "        nn.init.constant_(self.layers[1].bias, float(np.random.default_rng().random()))\n\n   "
    " def forward",
)
NO_SEED = NETS.replace("nn.Dropout(0.3)", "nn.Identity()")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("own_nets:Net", "own_nets:Nett", "own: arms.one.model: own_nets:Nett: module own_nets has no 'Nett'"),
        ("own_nets:Net", "nowhere:Net", "own: arms.one.model: nowhere:Net: there is no Python file of module nowhere on the path"),
        ("width = 9", "widht = 9", "own: arms.two.arguments: own_nets:Net takes no 'widht'; did you mean 'width'?"),
        ("width = 9", 'width = "9"', "own: arms.two: TypeError: "),
        ('"CrossEntropyLoss"', '"CrosEntropyLoss"', "own: arms.one.loss.CrosEntropyLoss: expected a name of torch.nn, got 'CrosEntropyLoss'; did you mean"),
        ('"CrossEntropyLoss"', '"MSELoss"', "own: arms.one: ValueError: MSELoss: expected outputs of the targets' shape (N), got (N, 10)"),
        ('"CrossEntropyLoss"', '{ CrossEntropyLoss = { target = "lable" } }', "expected a target of the data, label, got 'lable'"),
        ('"CrossEntropyLoss"', '{ CrossEntropyLoss = { output = "head" } }', "own: arms.one: ValueError: loss: expected an output 'head' of the model, got label"),
        ('"CrossEntropyLoss"', '{ CrossEntropyLoss = { arguments = { reduction = "none" } } }', "loss: expected a scalar tensor, the mean over the batch, got a tensor of shape"),
        ('name = "Adam"', 'name = "Adan"', "own: arms.one.optimizer: expected a name of torch.optim, got 'Adan'; did you mean 'Adam'?"),
        ("lr = 0.01", "lr = 0.01, beta = 3", "own: arms.one.optimizer: torch.optim:Adam takes no 'beta'; did you mean 'betas'?"),
        ("loss =", 'schedule = { name = "StepLR" }\nloss =', "own: arms.one.schedule: torch.optim.lr_scheduler:StepLR needs 'step_size', which is not given"),
        ("train_items = 90", "train_items = 9000", "own: arms.one: data: expected at most the 1198 items of the training part"),
        ("batch_size = 40", "batch_size = 89", "ValueError: Expected more than 1 value per channel when training"),
        ('direction = "higher"', 'direction = "higher"\nname = "MulticlasAccuracy"', "own: arms.one.metrics.accuracy: expected a name of torchmetrics, got 'MulticlasAccuracy'; did you mean"),
        ('direction = "higher"', 'direction = "higher"\nname = "MulticlassAccuracy"\narguments = { num_classes = 10, average = "none" }', "metrics.accuracy: expected one number, got a tensor of shape (10,)"),
        ('direction = "higher"', 'direction = "higher"\nname = "MulticlassAccuracy"\narguments = { num_classes = 10 }\noutput = "head"', "metrics.accuracy: expected a value of every arm, got none"),
    ],
)  # fmt: skip
def test_a_bad_task_gets_its_one_line(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in DIGITS_TASK
    found = refusal(
        tmp_path, DIGITS_TASK.replace(old, new, 1 if old != "own_nets:Net" else -1), NETS
    )
    assert message in found, found


@pytest.mark.parametrize(
    ("nets", "message"),
    [
        (RANDOM, "own: arms.one.model: expected equal weights from two builds under one seed, got different ones"),
        (NETS.replace("from torch import nn", "import no_such_thing"), "own: arms.one: own_nets:Net: cannot import own_nets: No module named 'no_such_thing'"),
        (NETS.replace("class Net(nn.Module)", "class Net").replace("super().__init__()", ""), "own: arms.one: TypeError: model: expected a torch.nn.Module from the factory, got Net"),
        (NETS.replace("def forward(self, images)", "def forward(self, images:"), "own_nets.py: not valid Python"),
        (NETS.replace("return self", "return torch.full((len(images), 10), float('nan')) * self"), "own: arms.one: diverged within 2 batches"),
        (NETS.replace("return self", "self.calls = getattr(self, 'calls', 0)\n        import random\n        return random.random() * self"), "expected the same results from two trainings under seed 0"),
    ],
)  # fmt: skip
def test_a_bad_model_gets_its_one_line(tmp_path: Path, nets: str, message: str) -> None:
    assert message in refusal(tmp_path, DIGITS_TASK, nets)


def test_seeds_that_change_nothing_are_refused(tmp_path: Path) -> None:
    (tmp_path / "fixed_data.py").write_text(
        "import numpy as np\n\n\ndef load(seed):\n    x = np.arange(12.0).reshape(6, 2)\n    return"
        " {'train': (x, np.arange(6) % 2), 'test': (x, np.arange(6) % 2)}\n"
    )
    nets = (
        "import torch\nfrom torch import nn\n\n\nclass Net(nn.Linear):\n    def __init__(self,"
        " width=1):\n        super().__init__(2, 2)\n        nn.init.zeros_(self.weight)\n       "
        " nn.init.zeros_(self.bias)\n"
    )
    head, _, rest = DIGITS_TASK.partition("[data]")
    text = f'{head}data = "fixed_data:load"\n[protocol]{rest.partition("[protocol]")[2]}'.replace(
        "batch_size = 40", "batch_size = 6"
    )
    text = text.replace("seeds =", 'vary = ["data"]\nseeds =')
    assert "expected seeds 0 and 1 to differ in something, got the same results" in refusal(
        tmp_path, text, nets
    )


def test_nothing_is_imported_where_only_files_are_checked(tmp_path: Path) -> None:
    task = load_own(tmp_path, DIGITS_TASK.replace("own_nets", "own_unimported"), NETS)
    (tmp_path / "own_unimported.py").write_text(
        "raise RuntimeError('imported')\n\n\ndef Net(width=3): ...\n"
    )
    assert make_plan(task, device="cpu").run_count == 4


@pytest.mark.slow
@pytest.mark.parametrize(
    ("line", "how"),
    [
        ("import sys; sys.exit(0)", "exit status 0"),
        ("import os; os._exit(0)", "exit status 0"),
        ("import sys; sys.exit('enough')", "exit status 1"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "signal SIGSEGV"),
    ],
)
def test_an_arm_that_ends_the_process_is_said_to(tmp_path: Path, line: str, how: str) -> None:
    nets = NETS.replace("super().__init__()", f"super().__init__(); {line}")
    (tmp_path / "own_ending.py").write_text(nets)
    task = load_own(
        tmp_path,
        DIGITS_TASK.replace('[arms.two]\nmodel = "own_nets', '[arms.two]\nmodel = "own_ending'),
    )
    checked = examine_arms(task)
    assert next(checked).arm == "one"
    with pytest.raises(SuiteError) as caught:
        list(checked)
    assert str(caught.value) == (
        "own: arms.two: expected its code to return, got the end of the process, with"
        f" {how}: remove what ends it, such as sys.exit or os._exit"
    )
    assert isolation.strays([]) == []


@pytest.mark.slow
def test_what_is_wrong_elsewhere_comes_with_its_traceback(tmp_path: Path) -> None:
    nets = NETS.replace("super().__init__()", "super().__init__(); raise KeyError('here')")
    with pytest.raises(SuiteError, match="own: arms.one: KeyError: 'here'") as caught:
        list(examine_arms(load_own(tmp_path, nets=nets)))
    assert "own_nets.py" in str(caught.value.__cause__)
