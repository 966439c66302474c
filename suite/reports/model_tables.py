"""What a model is made of: its layers, its parameters, and the memory that it needs."""

from __future__ import annotations

from suite.analysis.study import Study
from suite.reports.table import Table, make_table
from suite.result import ModelTable, cell_name

MEGABYTE = 2**20  # as the source counts


def models_of_arm(study: Study, arm: str) -> dict[str, ModelTable]:
    """The arm's model, by the arm's name; none where no record has it.

    Where data sets make it differ, one for each of them, by the names of arm and data set.
    """
    models = {
        cell_name(arm, part.block): model
        for part in study.each()
        if (model := next((run.model for run in part.results[arm] if run.model), None))
    }
    digests = {model.digest() for model in models.values()}
    return models if len(digests) != 1 else {arm: next(iter(models.values()))}


def models_of_study(study: Study) -> dict[str, ModelTable]:
    """Every model once, by the names of the arms that have it."""
    names, models = dict[str, list[str]](), dict[str, ModelTable]()
    for arm in study.task.arms:
        for name, model in models_of_arm(study, arm).items():
            names.setdefault(model.digest(), []).append(name)
            models.setdefault(model.digest(), model)
    return {", ".join(names[digest]): model for digest, model in models.items()}


def layers_table(model: ModelTable) -> Table:
    """Type, output shape and parameters of every layer."""
    return make_table(
        [
            {
                "layer": layer.kind,
                "output shape": "x".join(map(str, layer.output_shape)),
                "parameters": f"{layer.parameters:,}",
            }
            for layer in model.layers
        ]
    )


def memory_line(model: ModelTable) -> str:
    """Totals and torchinfo's estimate of the memory for one item."""
    sizes = (model.input_bytes, model.forward_backward_bytes, model.parameter_bytes)
    inputs, passes, weights, total = (f"{size / MEGABYTE:.2f} MB" for size in (*sizes, sum(sizes)))
    frozen = model.total_parameters - model.trainable_parameters
    trainable = f"{frozen:,} of them frozen" if frozen else "all trainable"
    return (
        f"{model.total_parameters:,} parameters, {trainable}. Estimated memory: input {inputs},"
        f" forward and backward pass {passes}, parameters {weights}, total {total}."
    )
