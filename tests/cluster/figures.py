"""`make cluster-figures`: measures (tests.cluster.measure), simulates, and writes docs/cluster.md;
`--again` does not measure anew.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from suite.store.record_reading import read_records
from tests.cluster.measure import MEASURED
from tests.cluster.simulate import Costs, Outcome, simulate
from tests.support.tasks import ROOT

PAGE = ROOT / "docs" / "cluster.md"
GUIDE = Path(__file__).with_name("guide.md")  # written by a person
CPUS = 16  # of a node
NODES = (1, 4, 16, 64, 256, 1024)
STUDIES = (10_000, 1_000_000)
TARGET_SHARE, TARGET_RATIO, TARGET_RATE = 0.05, 0.6, 1000.0
SHORT_S = 1.0
NOT_YET = "Not measured yet: `make cluster-figures` does, on a machine that does nothing else."


def job_times() -> list[float]:
    """Seconds of the published jobs of one run each."""
    runs = read_records(ROOT / "results").results()
    return [
        one.run_time_s for one in runs if one.trainer == "autograd" and one.run_time_s is not None
    ]


def said(value: float) -> str:
    """Two significant digits, or whole numbers."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.2g}"


def duration(seconds: float) -> str:
    """Seconds in the unit that is read most easily."""
    for unit, size in (("days", 86400.0), ("h", 3600.0), ("min", 60.0)):
        if seconds >= 2 * size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.1f} s"


def verdict(good: bool) -> str:
    """Whether a target is met."""
    return "yes" if good else "**NO**"


def measured_table(found: dict[str, Any]) -> list[str]:
    """The measured figures beside their targets."""
    costs, nodes, driver = found["overhead"], found["nodes"], found["driver"]
    long_s, more_s = costs["long_local_s"], costs["long_more_s"]
    share, ratio = more_s / long_s, nodes["two_s"] / nodes["one_s"]
    short = costs["short_ray_s"] - costs["short_local_s"]
    rates = ", ".join(
        f"{rate:,.0f} with {size} in a transaction" for size, rate in found["store"].items()
    )
    together = driver["together"]["records_per_s"]
    rows = [
        ("overhead of a long job", f"a job of {long_s:.1f} s here takes {more_s:+.2f} s more on a node: {share:+.1%}; medians of four pairs that took turns", "below 5%", share < TARGET_SHARE),
        ("two nodes of one core against one", f"{nodes['jobs']} jobs of one run: {nodes['one_s']:.1f} s on one, {nodes['two_s']:.1f} s on two: {ratio:.2f}", "at most 0.6", ratio <= TARGET_RATIO),
        ("records a second, from claim to commit, short jobs", f"{together:,.0f}, on a machine whose two cores do the nodes' work too; {driver['together']['cpu_s_per_record'] * 1000:.2f} ms of the driver's processor time for each", "1,000", together >= TARGET_RATE),
    ]  # fmt: skip
    more = [
        f"- A job of {costs['short_local_s']:.2f} s takes {short:+.2f} s more on a node.",
        (
            f"- Records a second, one job a task: {driver['alone']['records_per_s']:,.0f}. Jobs"
            " below two seconds go several to a task."
        ),
        (
            f"- The store alone, claims included, takes {rates} records a second. Each transaction"
            " is on the disk before the next."
        ),
    ]
    table = ["| what | found | target | met |", "|:--|:--|:--|:--|"]
    table += [
        f"| {name} | {value} | {target} | {verdict(good)} |" for name, value, target, good in rows
    ]
    return [*table, "", *more]


def cells(outcomes: Sequence[Outcome]) -> list[str]:
    """Time, and how busy the driver was."""
    return [f"{duration(one.wall_s)} ({one.driver_share:.0%})" for one in outcomes]


def simulated_table(found: dict[str, Any]) -> list[str]:
    """How long studies take on more and more nodes, and where the driver is the limit."""
    costs, driver, times = found["overhead"], found["driver"], job_times()
    node_s = max(costs["long_more_s"], 0.0)
    alone_s, together_s = (1 / driver[name]["records_per_s"] for name in ("alone", "together"))
    measured = Costs(times, node_s, alone_s)
    short_node_s = max(costs["short_ray_s"] - costs["short_local_s"], 0.0)
    short = Costs([SHORT_S], short_node_s, together_s, per_task=2)
    kinds = (
        (f"the published jobs, {statistics.mean(times):.1f} s on average", measured),
        (f"jobs of {SHORT_S:g} s", short),
    )
    header = " | ".join(f"{count} x {CPUS}" for count in NODES)
    table = [f"| runs | jobs | {header} |", "|--:|:--|" + "--:|" * len(NODES)]
    for runs in STUDIES:
        for name, one in kinds:
            outcomes = [simulate(runs, count * CPUS, one) for count in NODES]
            table.append(f"| {runs:,} | {name} | {' | '.join(cells(outcomes))} |")
    most = [(statistics.mean(one.job_s) + one.node_s) / one.record_s for _, one in kinds]
    limit = (
        f"The driver is the limit from about {most[0]:,.0f} cores on for the published jobs"
        f" ({1 / alone_s:,.0f} records a second), and from about {most[1]:,.0f} for jobs of"
        f" {SHORT_S:g} s ({1 / together_s:,.0f} a second): more nodes do not help beyond."
    )
    return [*table, "", limit]


def page(found: dict[str, Any] | None) -> str:
    """docs/cluster.md; without figures, where none were measured yet."""
    header = (
        "<!-- Written by `make cluster-figures` from tests/cluster/guide.md and what it measures."
        " Do not edit. -->"
    )
    title, _, guide = GUIDE.read_text().partition("\n")
    if found is None:
        guide = guide.replace("<!-- measured -->", NOT_YET).replace("<!-- simulated -->", NOT_YET)
        return f"{title}\n\n{header}\n{guide}"
    made, fields = found["made_by"], found["environment"]
    where = (
        f"Measured on {fields['cpu']}, {made['system']}, Python {made['python']}, torch"
        f" {fields['torch']}, Ray {found['ray']}, at {made['revision']}."
    )
    parts = guide.replace("<!-- measured -->", "\n".join([*measured_table(found), "", where]))
    return f"{title}\n\n{header}\n" + parts.replace(
        "<!-- simulated -->", "\n".join(simulated_table(found))
    )


def main() -> None:
    """Writes the page."""
    if "--again" not in sys.argv:
        subprocess.run([sys.executable, "-m", "tests.cluster.measure"], check=True)
    PAGE.write_text(page(json.loads(MEASURED.read_text()) if MEASURED.exists() else None))


if __name__ == "__main__":
    main()
