"""What `status` prints, for people and as JSON."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from rich.console import Console

from figma_warehouse.failures import LISTING_FAILED
from figma_warehouse.job.compact import LEAST_FREE_SHARE
from figma_warehouse.job.run_report import named_item
from figma_warehouse.source.reasons import REASONS, RECHECK_AFTER
from figma_warehouse.source.resources import RESOURCES
from figma_warehouse.terminal.formatting import (
    add_row,
    for_team,
    format_age,
    format_day,
    format_size,
    format_time,
    make_table,
    print_line,
    print_table,
)

if TYPE_CHECKING:
    from figma_warehouse.job.status import Status

Row = dict[str, Any]


def print_status(console: Console, status: Status) -> None:
    """Print the status on one screen."""
    if status.running:
        rest = "The rest describes the last one.\n" if status.runs else "Nothing is published yet."
        print_line(console, f"A run is in progress ({status.running}). {rest}")
    if status.as_of:
        age = format_age(datetime.now(UTC) - status.as_of)
        print_line(console, f"Data as of {format_day(status.as_of)}, {age}.\n")
    if status.runs:
        _print_runs(console, status.runs)
    if status.freshness:
        _print_freshness(console, status.freshness)
    print_unlisted(console, status.unlisted)
    _print_skipped(console, status.skipped)
    _print_budget(console, status)
    _print_totals(console, status)


def print_status_json(console: Console, status: Status) -> None:
    """Print the status as JSON, with times in UTC."""
    console.file.write(json.dumps(status.as_json(), default=_as_json, indent=2) + "\n")
    console.file.flush()


def print_unlisted(console: Console, unlisted: list[Row]) -> None:
    """Print the listings that could not be read, with the reasons. Their tables are from an earlier run."""
    is_past = False
    for row in unlisted:
        resource, reason = RESOURCES[row["resource"]], REASONS[row["reason"]]
        has_failed = resource.is_listing and not reason.is_deferred
        at = f" on {format_time(row['listed_at'])}" if row.get("listed_at") else ""
        detail = f" ({row['detail']})" if row["detail"] else ""
        item = f"{resource.label} {named_item(row.get('name'), row['item_id'])}"
        print_line(console, f"{f'Listing failed{at}' if has_failed else 'Not listed'}: {item}: {reason.words}{detail}")
        is_past |= has_failed
    if is_past and any(row.get("listed_at") for row in unlisted):
        print_line(console, "What these lists show is as it was before: figures may be of the past.")


def _as_json(value: Any) -> str:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else str(value)


def _print_runs(console: Console, runs: list[Row]) -> None:
    headings = ("outcome", "took", "loaded", "unchanged", "removed", "skipped", "deferred", "requests")
    table = make_table("Last runs", *headings)
    for run in runs:
        requests = "/".join(str(run[f"requests_tier_{tier}"] or 0) for tier in (1, 2, 3))
        files = (run[f"files_{status}"] or 0 for status in ("loaded", "unchanged", "removed", "skipped", "put_off"))
        add_row(table, format_time(run["started_at"]), _outcome(run), _took(run), *files, requests)
    print_table(console, table)
    print_line(console, "Requests by tier: 1 documents / 2 listings and versions / 3 published lists.")
    if any(map(_is_unpublished, runs)):
        print_line(console, "* not published: readers do not see this load yet")
    for run in runs:
        if run["message"]:
            print_line(console, f"{format_time(run['started_at'])}: {run['message']}")
    print_line(console, "")


def _outcome(run: Row) -> str:
    outcome = "listing failed" if run["exit_code"] == LISTING_FAILED else str(run["outcome"])
    return f"{outcome} *" if _is_unpublished(run) else outcome


def _is_unpublished(run: Row) -> bool:
    return run["outcome"] in ("done", "partial") and run["published_at"] is None


def _took(run: Row) -> str:
    finished = run["finished_at"]
    return str(finished - run["started_at"]).partition(".")[0] if finished else ""


def _print_freshness(console: Console, freshness: list[Row]) -> None:
    table = make_table("Freshness", "files", "current", "stale", "never loaded", "stale since")
    for row in freshness:
        counts = (row["team"], row["files"], row["current"], row["stale"], row["never_loaded"])
        add_row(table, *counts, format_time(row["stale_since"]))
    print_table(console, table)


def _print_skipped(console: Console, skipped: list[Row]) -> None:
    if not skipped:
        return
    print_line(console, "")
    table = make_table("Skipped", "files", "example", "Figma says", "not before")
    for row in skipped:
        example, detail = row["example"] or "", row["detail"] or ""
        add_row(table, REASONS[row["reason"]].words, row["files"], example, detail, format_time(row["retry_at"]))
    print_table(console, table)
    if any(REASONS[row["reason"]].is_liftable for row in skipped):
        print_line(
            console,
            f"Files that need other access or another plan are requested again {RECHECK_AFTER.days} days after the"
            " refusal, or at once by run --ask-again.",
        )
    if any(REASONS[row["reason"]].is_service_failure and row["retry_at"] for row in skipped):
        print_line(
            console,
            'Files with a time under "not before" failed and are requested again after it, or at once by run'
            " --ask-again.",
        )


def _print_budget(console: Console, status: Status) -> None:
    if not status.budget:
        return
    print_line(console, f"\nBudget of plan {status.budget.plan}, seat {status.budget.seat}")
    for use in status.budget.tiers:
        limit = f"{use.used} of {use.limit} a {use.per} used" if use.limit else "no limit"
        quota = f" (Figma: plan {use.plan}, seat {use.seat})" if use.plan else ""
        blocked = f" · used up until {format_day(use.blocked_until)}" if use.blocked_until else ""
        print_line(console, f"  Tier {use.tier}{for_team(use.team_id)}: {limit}{quota}{blocked}")
    if any(use.blocked_until for use in status.budget.tiers):
        print_line(console, "  After an upgrade at Figma, run figma-warehouse check to open these tiers again.")
    token = status.token
    if token:
        since = format_time(status.budget.first_used_at)
        end = f"lasts {token.lasts_days} days at most"
        if token.expires_at is not None:
            end = f"is valid until {format_time(token.expires_at)}"
        print_line(console, f"  Token: {token.kind}, used here since {since}; it {end}")


def _print_totals(console: Console, status: Status) -> None:
    counts = status.counts
    if counts:
        print_line(
            console,
            f"\nHolds {counts['files']:,} documents, branches included, with {counts['nodes']:,} nodes;"
            f" {counts['components']:,} published components, {counts['styles']:,} published styles,"
            f" {counts['snapshots']:,} snapshots.",
        )
    if status.flattened_earlier:
        print_line(
            console,
            f"Files read by an earlier version, which stored less of a document: {status.flattened_earlier:,}. The next"
            " edit of a file completes it; run --reload all completes all of them, with one document request per file.",
        )
    published = format_size(status.published_bytes) if status.published_bytes else "does not exist yet"
    print_line(console, f"Published file {published}, build file {format_size(status.build_bytes)}.")
    _print_sizes(console, status)


def _print_sizes(console: Console, status: Status) -> None:
    sizes = status.sizes
    others = {
        "pictures": "pictures",
        "dlt": "dlt",
        "dbt": "dbt",
        "damaged_build": "damaged build file",
        "other": "other",
    }
    parts = (f"{words} {format_size(sizes.parts[name])}" for name, words in others.items() if sizes.parts[name])
    print_line(console, f"Data folder {format_size(sum(sizes.parts.values()))}: these two, {', '.join(parts)}.")
    if sizes.build_free and sizes.build_free >= LEAST_FREE_SHARE * sizes.parts["build"]:
        print_line(
            console,
            f"{format_size(sizes.build_free)} of the build file are free: figma-warehouse compact gives them back.",
        )
    if sizes.growing:
        growing = (f"{row['table']} {format_size(row['bytes'])} ({row['rows']:,} rows)" for row in sizes.growing)
        print_line(console, f"Grows with each run: {', '.join(growing)}.")
