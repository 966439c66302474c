"""What the portable trainer is given: a recipe, and the loss by its names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from suite.training import job_recipe

if TYPE_CHECKING:
    from suite.plan.job import Job
    from suite.task.components import Loss
    from suite.training.recipe import Recipe


@dataclass(frozen=True)
class PortableRecipe:
    """`recipe` as the other trainers have it; `loss` as the task says it."""

    recipe: Recipe
    loss: Loss


def make_recipe(job: Job) -> PortableRecipe:
    """The job's settings with every name replaced by what it names."""
    return PortableRecipe(job_recipe.make_recipe(job), job.settings.loss)
