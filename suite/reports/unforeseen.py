"""What a report says of files that runs read and that their keys do not hold."""

from __future__ import annotations

from collections.abc import Iterator

from suite.analysis.study import Study
from suite.result import cell_name

MOST = 5  # files that are named


def unforeseen_lines(study: Study) -> Iterator[str]:
    """A line for each arm, on each data set, whose runs read such files, by name."""
    for part in study.each():
        for arm, runs in part.results.items():
            files = sorted({name for run in runs for name in run.unforeseen})
            if files:
                more = f" and {len(files) - MOST} more" if len(files) > MOST else ""
                names = f"{', '.join(files[:MOST])}{more}"
                yield f"{cell_name(arm, part.block)} read files that no key holds: {names}"
