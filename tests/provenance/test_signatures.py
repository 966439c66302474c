"""Names of other packages and arguments are checked from source: nothing is imported."""

from __future__ import annotations

import inspect
import subprocess
import sys

import pytest
import torch

from suite.errors import SuiteError
from suite.provenance.signatures import (
    LOSSES,
    METRICS,
    OPTIMIZERS,
    SCHEDULES,
    _read_parameters,
    find,
    require_call,
)


@pytest.mark.parametrize(
    ("modules", "name", "message"),
    [
        (OPTIMIZERS, "AdamWW", "expected a name of torch.optim, got 'AdamWW'; did you mean 'AdamW'?"),
        (SCHEDULES, "CosineAnealingLR", "got 'CosineAnealingLR'; did you mean 'CosineAnnealingLR'?"),
        (LOSSES, "CrosEntropyLoss", "expected a name of torch.nn, got 'CrosEntropyLoss'; did you mean 'CrossEntropyLoss'?"),
        (METRICS, "MulticlasF1Score", "expected a name of torchmetrics, got 'MulticlasF1Score'; did you mean 'MulticlassF1Score'?"),
        (METRICS, "Zzzz", "expected a name of torchmetrics, got 'Zzzz'; see its documentation"),
        (("nowhere",), "Zzzz", "nowhere is not installed; install it, or name another than 'Zzzz'"),
    ],
)  # fmt: skip
def test_an_unknown_name_is_refused_with_the_nearest(
    modules: tuple[str, ...], name: str, message: str
) -> None:
    with pytest.raises(SuiteError) as caught:
        find(modules, name)
    assert str(caught.value).endswith(message)


@pytest.mark.parametrize("name", ["AdamW", "SGD", "RMSprop", "NAdam", "Adagrad"])
def test_parameters_are_those_that_python_sees(name: str) -> None:
    seen = inspect.signature(getattr(torch.optim, name)).parameters.values()
    found = _read_parameters(f"torch.optim:{name}")
    assert found is not None
    assert found[0] == [one.name for one in seen]
    assert found[1] == [one.name for one in seen if one.default is inspect.Parameter.empty]


@pytest.mark.parametrize(
    ("reference", "arguments", "given", "message"),
    [
        ("torch.optim:AdamW", {"beta": 1}, 1, "torch.optim:AdamW takes no 'beta'; did you mean 'betas'?"),
        ("torch.optim.lr_scheduler:StepLR", {}, 1, "torch.optim.lr_scheduler:StepLR needs 'step_size', which is not given"),
        ("suite.models.mlp:SigmoidMLP", {"layer": [1]}, 0, "suite.models.mlp:SigmoidMLP takes no 'layer'; did you mean 'layers'?"),
        ("suite.models.mlp:DigitMLP", {"width": 1}, 0, "suite.models.mlp:DigitMLP takes no 'width'; it takes none"),
    ],
)  # fmt: skip
def test_wrong_arguments_are_named(
    reference: str, arguments: dict[str, object], given: int, message: str
) -> None:
    with pytest.raises(SuiteError) as caught:
        require_call(reference, arguments, given=given)
    assert str(caught.value) == message


def test_what_takes_anything_is_not_refused() -> None:
    require_call("torchvision.models:resnet18", {"num_classes": 3})
    require_call("torch.optim:AdamW", {"lr": 1, "betas": 2}, given=1)


def test_nothing_is_imported_to_check() -> None:
    probe = (
        "import sys; from suite.provenance.signatures import *; find(OPTIMIZERS, 'AdamW');"
        " find(METRICS, 'F1Score')\nrequire_call('torch.nn.modules.loss:CrossEntropyLoss',"
        " ['weight'])\nassert not {'torch', 'torchmetrics'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", probe], check=True)
