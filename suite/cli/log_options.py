"""The options by which logs and tables of other programs are read, of `compare` and `import`."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

LogMetric = Annotated[
    str | None,
    typer.Option("--metric", envvar="SUITE_METRIC", help="Compare this metric of several."),
]
LogDirection = Annotated[
    Literal["higher", "lower"] | None,
    typer.Option(
        "--direction",
        envvar="SUITE_DIRECTION",
        help="Say which is better; else as the metric's name or the task says.",
        show_default=False,
    ),
]
ArmColumn = Annotated[
    str | None,
    typer.Option(
        "--arm",
        envvar="SUITE_ARM",
        metavar="COLUMN",
        help='Read the arms from this column; "a,b" joins two.',
    ),
]
SeedColumn = Annotated[
    str | None,
    typer.Option(
        "--seed", envvar="SUITE_SEED", metavar="COLUMN", help="Read the seeds from this column."
    ),
]
ValueColumn = Annotated[
    str | None,
    typer.Option(
        "--value", envvar="SUITE_VALUE", metavar="COLUMN", help="Read the values from this column."
    ),
]
IgnoredColumns = Annotated[
    str | None,
    typer.Option(
        "--ignore",
        envvar="SUITE_IGNORE",
        metavar="COLUMN",
        help='Leave these columns out, such as "lr,notes".',
    ),
]
KeptRows = Annotated[
    str | None,
    typer.Option(
        "--where",
        envvar="SUITE_WHERE",
        help="Keep the rows for which this holds, such as \"split == 'test'\".",
    ),
]
Average = Annotated[
    bool,
    typer.Option(
        "--average", envvar="SUITE_AVERAGE", help="Average several rows of one seed or item."
    ),
]
AtPoint = Annotated[
    str | None,
    typer.Option(
        "--at",
        envvar="SUITE_AT",
        metavar="POINT",
        help=(
            "Read curves at this point: last (the default), best:METRIC, step=N, epoch=N or"
            " time=SECONDS."
        ),
    ),
]
Newest = Annotated[
    bool,
    typer.Option(
        "--newest",
        envvar="SUITE_NEWEST",
        help="Of several logged runs of one arm and seed, count the one started last.",
    ),
]
