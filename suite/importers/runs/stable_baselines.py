"""Runs of Stable-Baselines3: episodes in monitor.csv, evaluations in evaluations.npz.

A run has a folder, whose path tells the arm and the seed; or a file NAME.monitor.csv. As Monitor
and EvalCallback of stable-baselines3 2.x write them.
"""

from __future__ import annotations

import io
import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from suite.errors import SuiteError
from suite.importers.measured import read_bytes
from suite.importers.runs.logged import Curve, LoggedRun, RunLog, make_curve
from suite.importers.runs.npz_arrays import read_npz

KIND = "Stable-Baselines3"
FIRST = '#{"t_start"'
HEAD_BYTES = 64 * 1024
LAST_EPISODES = 100  # as SB3's own rollout/ep_rew_mean
MAX_DEPTH = 4  # of folders below the one that is named
EVALUATIONS = "evaluations.npz"
EVALUATED = {  # what SB3 itself calls the means of an evaluation's episodes
    "results": "eval/mean_reward",
    "successes": "eval/success_rate",
    "ep_lengths": "eval/mean_ep_length",
}
# Folders that say what was measured, and not what ran.
PARTS = ("eval", "evaluation", "evaluations", "train", "monitor", "monitors", "logs")
_MONITOR = re.compile(r"^(?P<name>.*?)\.?monitor\.csv$")


def is_stable_baselines(path: Path) -> bool:
    """Whether a file is SB3's, or a folder holds some."""
    return bool(_files(path))


def read_stable_baselines(path: Path) -> RunLog:
    """All runs in a file or below a folder. Raises SuiteError for a damaged file, by name.

    Files 0.monitor.csv, 1.monitor.csv ... of one folder are the environments of one run, whose
    episodes are put in the order in which they ended, as SB3's load_results does.
    """
    files = _files(path)
    own: dict[str, dict[str, list[Path]]] = defaultdict(lambda: defaultdict(list))
    for file in files:
        run, metric = _place(file, path)
        own[run][metric].append(file)
    notes = []
    several = sum(len(group) > 1 for known in own.values() for group in known.values())
    if several:
        notes.append(f"runs of several environments (0.monitor.csv, 1.monitor.csv ...): {several}")
    return RunLog(
        str(path), KIND, tuple(_read_run(n, known) for n, known in own.items()), tuple(notes)
    )


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path] if _is_ours(path) else []
    if not path.is_dir():
        return []
    patterns = [
        "*/" * depth + name for depth in range(MAX_DEPTH) for name in ("*monitor.csv", EVALUATIONS)
    ]
    return sorted(file for pattern in patterns for file in path.glob(pattern) if _is_ours(file))


def _is_ours(file: Path) -> bool:
    if file.name == EVALUATIONS:
        return True
    if file.suffix != ".csv":
        return False
    try:
        with file.open(encoding="utf-8-sig", errors="replace") as opened:
            return opened.readline(HEAD_BYTES).startswith(FIRST)
    except OSError:
        return False


def _place(file: Path, path: Path) -> tuple[str, str]:
    """The run that a file is of, and what its numbers are called."""
    parts = list(file.parent.relative_to(path).parts) if path.is_dir() else []
    kind = parts.pop() if len(parts) > 1 and parts[-1].casefold() in PARTS else ""
    if file.name == EVALUATIONS:
        return "/".join(parts) or path.name, EVALUATIONS
    found = _MONITOR.match(file.name)
    name = found["name"] if found else file.stem
    if name and not name.isdecimal():
        parts.append(name)
    metric = "episode_reward_mean"
    return "/".join(parts) or path.name, f"{kind}/{metric}" if kind else metric


def _read_run(name: str, files: Mapping[str, Sequence[Path]]) -> LoggedRun:
    metrics: dict[str, Curve] = {}
    parameters: dict[str, str] = {}
    started = []
    for metric, own in files.items():
        if metric == EVALUATIONS:
            metrics |= dict(_evaluations(own[0]))
            continue
        headers, curve = _episodes(own)
        metrics |= {metric: curve} if len(curve) else {}
        started += [float(header["t_start"]) for header in headers]
        environments = [str(header["env_id"]) for header in headers if header.get("env_id")]
        parameters |= {"env_id": environments[0]} if environments else {}
    first = next(iter(files.values()))[0]
    return LoggedRun(
        name=name,
        location=str(first.parent if len(files) > 1 else first),
        parameters=parameters,
        metrics=metrics,
        end="unknown" if metrics else "failed",
        status="" if metrics else "no episode ended",
        started=min(started, default=None),
        files=tuple(file for own in files.values() for file in own),
    )


def _evaluations(file: Path) -> Iterator[tuple[str, Curve]]:
    """The mean over the episodes of each evaluation, at the steps of training."""
    arrays = read_npz(file, ["timesteps", *EVALUATED])
    steps = arrays.get("timesteps")
    if steps is None or steps.ndim != 1 or "results" not in arrays:
        raise SuiteError(f"{file}: expected timesteps and results of SB3's EvalCallback")
    for key, name in EVALUATED.items():
        if key in arrays:
            if arrays[key].ndim != 2 or len(arrays[key]) != len(steps) or not arrays[key].size:
                raise SuiteError(
                    f"{file}: {key}: expected episodes of {len(steps)} evaluations, got the shape"
                    f" {arrays[key].shape}"
                )
            yield name, make_curve(arrays[key].mean(axis=1), steps=steps)


def _episodes(files: Sequence[Path]) -> tuple[list[dict[str, Any]], Curve]:
    """What the files say of themselves, and the mean reward of the last episodes."""
    read = [_monitor(file) for file in files]
    headers = [header for header, _ in read]
    frame = pd.concat([rows for _, rows in read]).sort_values("t", kind="stable")
    mean = frame["r"].rolling(LAST_EPISODES, min_periods=1).mean()
    return headers, make_curve(mean, steps=frame["l"].cumsum(), times=frame["t"])


def _monitor(file: Path) -> tuple[dict[str, Any], pd.DataFrame]:
    """The line of JSON that begins a file, and its episodes: reward r, length l, end t.

    t is in seconds since 1970. A last line that was cut is left out.
    """
    content = read_bytes(file)
    head, _, rest = content.partition(b"\n")
    try:
        header = json.loads(head.decode("utf-8-sig").strip().removeprefix("#"))
        start = float(header["t_start"])
        frame = pd.read_csv(io.BytesIO(rest), usecols=["r", "l", "t"])
        if len(frame) and not rest.endswith(b"\n"):
            frame = frame.iloc[:-1]
        frame = frame.astype(np.float64)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        why = " ".join(str(error).split())
        raise SuiteError(
            f"{file}: expected SB3's line of JSON, and columns r, l and t of numbers: {why:.200}"
        ) from None
    if frame.isna().to_numpy().any():
        row = int(np.flatnonzero(frame.isna().any(axis=1))[0])
        raise SuiteError(f"{file}:{row + 3}: expected numbers for r, l and t, got a blank")
    return header, frame.assign(t=frame["t"] + start)
