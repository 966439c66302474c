"""The manifest for KubeRay is one, and what it and the image say of Ray agrees with the lock."""

from __future__ import annotations

import copy
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import pytest
import yaml

from tests.support.tasks import ROOT

KUBERNETES = "1.31"
MANIFEST = ROOT / "deploy" / "rayjob.yaml"
SCHEMA = json.loads((Path(__file__).parent / "rayjob.schema.json").read_text())
CLAIM, JOB = yaml.safe_load_all(MANIFEST.read_text())


def groups(job: Any) -> Iterator[Any]:
    cluster = job["spec"]["rayClusterSpec"]
    yield from (cluster["headGroupSpec"], *cluster["workerGroupSpecs"])


def check(job: Any) -> None:
    """Raises where a field is none, or is of another type."""
    jsonschema.validate(job, SCHEMA)
    for group in groups(job):
        pod = {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "x"},
            "spec": group["template"]["spec"],
        }
        kubernetes_validate.validate(pod, KUBERNETES, strict=True)


def test_the_manifest_is_valid() -> None:
    check(JOB)
    kubernetes_validate.validate(CLAIM, KUBERNETES, strict=True)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("shutdownAfterJobFinished",), True),
        (("ttlSecondsAfterFinished",), "600"),
        (("rayClusterSpec", "headGroupSpec", "rayStartParams", "num-cpus"), 0),
        (("rayClusterSpec", "workerGroupSpecs", 0, "replica"), 4),
        (
            (
                "rayClusterSpec",
                "workerGroupSpecs",
                0,
                "template",
                "spec",
                "containers",
                0,
                "imagePull",
            ),
            "Always",
        ),
    ],
)
def test_a_wrong_field_would_be_seen(path: tuple[str | int, ...], value: object) -> None:
    spoilt = copy.deepcopy(JOB)
    place = spoilt["spec"]
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    with pytest.raises((jsonschema.ValidationError, kubernetes_validate.ValidationError)):
        check(spoilt)


def test_the_versions_of_ray_agree() -> None:
    locks = [(ROOT / name).read_text() for name in ("deploy/ray.txt", "tests/cluster/packages.txt")]
    locked = {re.findall(r"^ray==(\S+)", lock, flags=re.M)[0] for lock in locks}
    assert locked == {JOB["spec"]["rayClusterSpec"]["rayVersion"]}
    common = [
        set(re.findall(r"^(?:torch|numpy|pydantic)==\S+", text, flags=re.M)) for text in locks
    ]
    assert (
        common[0]
        == common[1]
        == set(
            re.findall(
                r"^(?:torch|numpy|pydantic)==\S+",
                (ROOT / "requirements.txt").read_text(),
                flags=re.M,
            )
        )
    )


def test_the_script_for_slurm_is_valid_shell() -> None:
    script = ROOT / "deploy" / "slurm.sh"
    subprocess.run(["bash", "-n", script], check=True)
    assert "ray symmetric-run" in script.read_text()
