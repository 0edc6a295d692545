"""Options that several commands share."""

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from figma_warehouse.failures import UsageFailure
from figma_warehouse.logs import LogFormat

DataOption = Annotated[
    Path | None, typer.Option("--data-dir", help="Folder of the warehouse and all state. [default: $DATA_DIR or data]")
]
LogOption = Annotated[LogFormat, typer.Option("--log-format", help="Log lines on standard error: text, or JSON alone.")]
PortOption = Annotated[int, typer.Option("--port", help="Port; 0 takes a free one.", min=0, max=65535)]

MinutesOption = Annotated[
    float | None,
    typer.Option("--max-minutes", min=0, help="Begin no request for a file after so many minutes; the rest waits."),
]
RequestsOption = Annotated[
    int | None,
    typer.Option(
        "--max-requests",
        min=1,
        help="Begin no request for a file after so many requests, those of the listings included; the rest waits.",
    ),
]
AgainOption = Annotated[
    bool, typer.Option("--ask-again", help="Ask at once for all that Figma refused, not first after a week or an edit.")
]

SinceOption = Annotated[
    datetime | None,
    typer.Option("--since", formats=["%Y-%m-%d"], metavar="YYYY-MM-DD", help="First day of the past to fetch."),
]
EveryOption = Annotated[str, typer.Option("--every", help="One version a file each week or month: its last one.")]
FilesOption = Annotated[
    list[str] | None, typer.Option("--files", help="Key or URL of a file; may be repeated. [default: all main files]")
]
NamedOption = Annotated[
    bool, typer.Option("--named", help="Prefer the last version that a person named, where a period has one.")
]


def first_day(since: datetime | None) -> date:
    """Return the day of `--since`. Raises UsageFailure if it is not given."""
    if since is None:
        raise UsageFailure("Say from when on: --since 2026-01-01.")
    return since.date()


def check_backfill_options(*, is_backfill: bool, since: datetime | None, files: Sequence[str], named: bool) -> None:
    """Raise UsageFailure if options of a backfill are given for a plan of a run."""
    if not is_backfill and (since or files or named):
        raise UsageFailure("--since, --files and --named say what a backfill fetches: add --backfill.")
