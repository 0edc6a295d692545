"""What `backfill` and `replay` print at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console

from figma_warehouse.terminal.formatting import format_day, print_line

if TYPE_CHECKING:
    from figma_warehouse.job.backfill import BackfillReport
    from figma_warehouse.job.replay import ReplayReport

MESSAGES_PRINTED = 5


def print_backfill(console: Console, report: BackfillReport) -> None:
    """Print what a backfill did, and when the dashboards show it."""
    if not report.planned:
        print_line(console, "Nothing is left to fetch: all these versions are stored.")
        return
    since = f", back to {report.earliest:%d %b %Y}" if report.earliest else ""
    stored = f"{report.stored:,} of {report.planned:,} versions stored{since}. {report.nodes:,} nodes counted."
    print_line(console, stored)
    if report.refused:
        print_line(console, f"Figma refused {report.refused:,} versions; they are not requested again.")
    if report.deferred:
        until = f" until {format_day(report.retry_at)}" if report.retry_at else ""
        print_line(
            console,
            f"{report.deferred:,} versions are deferred ({report.reason}{until}): run the same command to continue.",
        )
    print_line(console, f"Requests: {report.requests:,}.")
    if report.stored:
        print_line(
            console, "The dashboards show them after the next figma-warehouse run, or after transform and publish."
        )


def print_replay(console: Console, report: ReplayReport) -> None:
    """Print what a replay rebuilt, what it could not read, and the next step."""
    from figma_warehouse.source.documents.archive import hide_credentials

    print_line(
        console,
        f"{report.states:,} states of {report.files:,} files replayed from {hide_credentials(report.archive)};"
        f" {report.nodes:,} nodes stored. No request was sent.",
    )
    if report.files_newer_here:
        print_line(console, f"{report.files_newer_here:,} files are newer here than in the archive and stay unchanged.")
    if report.files_left:
        print_line(
            console,
            f"Ended early ({report.stop_reason}): {report.files_left:,} files are left;"
            " the same command replays all files again.",
        )
    for message in report.unreadable[:MESSAGES_PRINTED]:
        print_line(console, f"Not read: {message}")
    if len(report.unreadable) > MESSAGES_PRINTED:
        print_line(console, f"... and {len(report.unreadable) - MESSAGES_PRINTED:,} more that could not be read.")
    print_line(
        console, "The next figma-warehouse run adds listings and published lists. It requests no document for that."
    )
