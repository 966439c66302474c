"""What is said of runs that were repeated in a fresh process. Nothing where none was."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from suite.analysis.repeats import RepeatedRun

# the first of them that differs is named: what comes first decides what comes later
PARTS = (
    ("hashes initial_weights", "other initial weights"),
    ("hashes final_weights", "other weights"),
    ("hashes test_outputs", "other outputs"),
    ("history", "other values on the way"),
    ("hashes", "other files"),
)


def repeat_lines(arms: Iterable[str], repeats: Iterable[RepeatedRun]) -> list[str]:
    """All that is said of a study's repeats, without full stops: where they agree first."""
    repeats = list(repeats)
    return [*agreement(arms, repeats), *disagreements(repeats)]


def agreement(arms: Iterable[str], repeats: Iterable[RepeatedRun]) -> list[str]:
    """One sentence on all arms whose repeats gave the same; none where no arm's did."""
    repeats = list(repeats)
    others = {run.arm for run in repeats if run.finding != "same"}
    same = [run for run in repeats if run.arm not in others]
    names = list(dict.fromkeys(run.arm for run in same))
    if not names:
        return []
    of_all = set(names) == set(arms)
    which = "each arm" if of_all else names[0] if len(names) == 1 else f"each of {_listed(names)}"
    what = "numbers" if all(run.is_command for run in same) else "bits"
    return [f"One run of {which} was repeated in a fresh process: same {what}"]


def disagreements(repeats: Iterable[RepeatedRun]) -> list[str]:
    """A sentence on each run whose repeat gave something else."""
    return [_disagreement(run) for run in repeats if run.finding != "same"]


def _listed(names: list[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}"


def _disagreement(run: RepeatedRun) -> str:
    name, values = f"{run.cell}: seed {run.seed}", next(_values(run), None)
    if run.ended != "ok":
        return f"{name} {run.ended} when it was repeated in a fresh process"
    if run.finding == "order":
        return f"{name} {_order_words(run, values)}"
    if run.is_command and values is not None:
        return (
            f"{name} gave {values[0]} {values[1]} and {values[2]} when it was repeated: the seed"
            f" alone does not decide the number, and pairing by seed buys little{_hint(run)}"
        )
    return (
        f"{name} gave {_what(run)} when repeated in a fresh process: its results do not depend on"
        f" the seed alone{_hint(run)}"
    )


def _order_words(run: RepeatedRun, values: tuple[str, str, str] | None) -> str:
    """What is said of a run that gave one thing first, and another one twice at the end."""
    if values is not None:
        gave = f"gave {values[0]} {values[1]} first and {values[2]} at the end, twice"
    else:
        gave = f"gave {_what(run)} at the end than first, and the same twice"
    files = f" ({', '.join(run.left)})" if run.left else ""
    return (
        f"{gave}: the results depend on what ran before, or on when; perhaps it reads files that"
        f" earlier runs left{files}"
    )


def _hint(run: RepeatedRun) -> str:
    """The files that runs left, which may be why, where there are any."""
    return f"; runs left files in the folder: {', '.join(run.left)}" if run.left else ""


def _what(run: RepeatedRun) -> str:
    for start, words in PARTS:
        if any(part.startswith(start) for part in run.differs):
            return words
    return "other numbers"


def _values(run: RepeatedRun) -> Iterator[tuple[str, str, str]]:
    """Each metric that differs, with its first value and the other, in enough digits."""
    for name, before in run.metrics.items():
        after = run.again.get(name)
        if after is not None and after != before:
            short = f"{before:g}", f"{after:g}"
            first, last = short if short[0] != short[1] else (repr(before), repr(after))
            yield name, first, last
