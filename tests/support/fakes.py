"""Small stand-ins: results and studies that were never run."""

from __future__ import annotations

from suite.analysis.study import Study
from suite.result import DeviceKind, Layer, ModelTable, Result
from suite.task.schema import Task
from tests.support.tasks import disc_task


def make_result(
    task: Task, arm: str, seed: int, accuracy: float | None, *, question: str = "q"
) -> Result:
    """A record of a run that was never run: ok with that accuracy, or failed without."""
    model = ModelTable(
        layers=(Layer(name="0", kind="Linear", output_shape=(3,), parameters=9),),
        total_parameters=9,
        trainable_parameters=9,
        input_bytes=8,
        forward_backward_bytes=24,
        parameter_bytes=36,
    )
    good = accuracy is not None
    return Result(
        seed=seed,
        status="ok" if good else "failed",
        reason=None if good else "ValueError: a | pipe and a <tag>",
        metrics={next(iter(task.metrics)): accuracy} if accuracy is not None else {},
        history=(
            {"loss": (0.5, 0.25), next(iter(task.metrics)): (accuracy / 2, accuracy)}
            if accuracy is not None
            else {}
        ),
        hashes={"final_weights": f"{arm}{seed}"},
        parameters=9 if good else None,
        model=model if good else None,
        train_time_s=1.5 + seed if good else None,
        task=task.name,
        arm=arm,
        device="cpu",
        trainer="autograd",
        key=f"{question}-{arm}-{seed}",
        question=question,
        environment="environment-1",
        run_time_s=2.5 + seed,
        recorded_at="2026-01-02T03:04:05+00:00",
        made_by={"suite": "0.0.0", "python": "3.x"},
    )


def made_study(name: str, seeds: int, *, device: DeviceKind = "cpu") -> Study:
    """A study that was never run: `long` beats `short` by 10 points under even seeds and by 8 under
    odd ones, `control` is as good as `long` but for 0.1 points under every third seed, and its last
    seed failed.
    """
    task = disc_task().model_copy(update={"name": name})
    short = [0.80 + 0.002 * (seed % 5) for seed in range(seeds)]
    long = [value + (0.10 if seed % 2 == 0 else 0.08) for seed, value in enumerate(short)]
    control = [value - (0.001 if seed % 3 == 0 else 0.0) for seed, value in enumerate(long)]
    values: dict[str, list[float | None]] = {
        "short": [*short],
        "long": [*long],
        "control": [*control[:-1], None],
    }
    results = {
        arm: tuple(
            make_result(
                task, arm, seed, None if value is None else round(value, 6), question=f"{name}{arm}"
            )
            for seed, value in enumerate(accuracies)
        )
        for arm, accuracies in values.items()
    }
    return Study(task, device, "environment-1", results)
