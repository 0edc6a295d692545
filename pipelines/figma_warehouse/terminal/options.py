"""Options that several commands share."""

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from figma_warehouse.failures import UsageFailure
from figma_warehouse.logs import LogFormat


class PublishTo(StrEnum):
    """What `publish` replaces."""

    FILE = "file"
    POSTGRES = "postgres"


def parse_path(given: str | Path) -> Path:
    """Return a path. Raises BadParameter if it is empty, as an unset variable leaves it: that would be this folder."""
    if not str(given).strip():
        raise typer.BadParameter("it is empty: name a path, . for this folder.")
    return Path(given)


def parse_text(given: str) -> str:
    """Return a text. Raises BadParameter if it is empty, as an unset variable leaves it."""
    if not given.strip():
        raise typer.BadParameter("it is empty: give a value, or leave the option out.")
    return given


def print_version(is_asked: bool) -> None:
    """Print the versions of this program, of its main libraries and of Python, and exit."""
    from importlib.metadata import version
    from platform import python_version

    if is_asked:
        packages = ("figma-warehouse", "duckdb", "dlt", "dbt-core")
        typer.echo(", ".join([*(f"{name} {version(name)}" for name in packages), f"Python {python_version()}"]))
        raise typer.Exit


VersionOption = Annotated[
    bool, typer.Option("--version", is_eager=True, callback=print_version, help="Print the versions and exit.")
]
DataOption = Annotated[
    Path | None,
    typer.Option(
        "--data-dir",
        metavar="PATH",
        parser=parse_path,
        help="Folder of the warehouse and all state. [default: $DATA_DIR or data]",
    ),
]
LogOption = Annotated[
    LogFormat,
    typer.Option("--log-format", help="Format of the log on standard error. With json, nothing else is printed."),
]
PortOption = Annotated[int, typer.Option("--port", help="Port to listen on; 0 picks a free one.", min=0, max=65535)]

MinutesOption = Annotated[
    float | None,
    typer.Option(
        "--max-minutes", min=0, help="Start no request for a file after this many minutes; later runs load the rest."
    ),
]
RequestsOption = Annotated[
    int | None,
    typer.Option(
        "--max-requests",
        min=1,
        help="Start no request for a file after this many requests, listings included; later runs load the rest.",
    ),
]
AgainOption = Annotated[
    bool,
    typer.Option("--ask-again", help="Retry everything that Figma refused, instead of waiting for a week or an edit."),
]

ReloadOption = Annotated[
    list[str] | None,
    typer.Option(
        "--reload",
        metavar="URL",
        help="Fetch this file even if it did not change, within the rate limits: key or URL, or all for every loaded"
        " file; can be repeated.",
        show_default=False,
    ),
]

SinceOption = Annotated[
    datetime | None,
    typer.Option("--since", formats=["%Y-%m-%d"], metavar="YYYY-MM-DD", help="First day to fetch versions from."),
]
EveryOption = Annotated[
    str, typer.Option("--every", help="week or month: fetch the last version of each file in each period.")
]
FilesOption = Annotated[
    list[str] | None, typer.Option("--files", help="Key or URL of a file; can be repeated. [default: all main files]")
]
NamedOption = Annotated[
    bool, typer.Option("--named", help="Prefer the last version that a person named, if a period has one.")
]


def first_day(since: datetime | None) -> date:
    """Return the day of `--since`. Raises UsageFailure if the option is missing."""
    if since is None:
        raise UsageFailure("The first day is missing. Add it, for example --since 2026-01-01.")
    return since.date()


def check_backfill_options(*, is_backfill: bool, since: datetime | None, files: Sequence[str], named: bool) -> None:
    """Raise UsageFailure if options of a backfill are given for the plan of a run."""
    if not is_backfill and (since or files or named):
        raise UsageFailure("--since, --files and --named are options of a backfill: add --backfill.")
