"""What `run`, `load`, `transform` and `publish` print at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console

from figma_warehouse.failures import WarehouseError
from figma_warehouse.terminal.formatting import format_day, format_duration, format_size, print_line

if TYPE_CHECKING:
    from figma_warehouse.data_dir import DataDir
    from figma_warehouse.job.publish_postgres import PostgresReport
    from figma_warehouse.job.run import RunReport
    from figma_warehouse.job.run_report import ClosedTier, LoadReport
    from figma_warehouse.job.transform import TransformReport


def print_run(console: Console, report: RunReport, data: DataDir) -> None:
    """Print what a run loaded, built and published."""
    _print_counts(console, report.load)
    print_models(console, report.models)
    print_published(console, data, report.published_bytes)
    if isinstance(report.postgres, WarehouseError):
        print_line(console, f"Not published to Postgres: {report.postgres}")
    elif report.postgres:
        print_in_postgres(console, report.postgres)
    if report.load.files_skipped:
        print_line(console, "Some files were skipped: figma-warehouse status lists the reasons.")
    _print_failed_listings(console, report.load)


def print_load(console: Console, load: LoadReport) -> None:
    """Print the files of a load by status, its requests by tier, and what is deferred or missing."""
    _print_counts(console, load)
    _print_failed_listings(console, load)


def _print_counts(console: Console, load: LoadReport) -> None:
    print_line(
        console,
        f"{load.files_expected:,} files and branches: {load.files_loaded:,} loaded, {load.files_unchanged:,} unchanged,"
        f" {load.files_removed:,} removed, {load.files_skipped:,} skipped. {load.nodes_loaded:,} nodes read.",
    )
    print_line(console, f"Requests: {format_requests(load)}.{_waits(load)}")
    _print_closed_tiers(console, load)
    _print_deferred(console, load)
    for group in load.missing_groups:
        if not group.is_listing:
            print_line(console, group.sentence)


def _print_failed_listings(console: Console, load: LoadReport) -> None:
    for group in load.missing_groups:
        if group.is_listing:
            print_line(console, group.sentence)
    if load.listings_failed:
        print_line(console, "What these lists show stays as it was: figures may be of the past (exit code 4).")


def print_models(console: Console, report: TransformReport) -> None:
    """Print how many models were built."""
    print_line(console, f"{report.models} models built, {report.tests} tests passed.")


def print_published(console: Console, data: DataDir, size: int) -> None:
    """Print the path and the size of the published file."""
    print_line(console, f"Published {data.published} ({format_size(size)}).")


def print_in_postgres(console: Console, report: PostgresReport) -> None:
    """Print the schema and how much is in it."""
    print_line(
        console,
        f"{report.tables} tables with {report.rows:,} rows published to the schema {report.schema} of Postgres.",
    )


def format_requests(load: LoadReport) -> str:
    """Return the requests of a load by tier."""
    return " · ".join(f"tier {tier}: {count:,}" for tier, count in sorted(load.requests.items()))


def _waits(load: LoadReport) -> str:
    seconds = sum(load.waits.values())
    if seconds < 1:
        return ""
    return f" They waited {seconds:,.0f} s in total, some at the same time, for rate limits and before retries."


def _print_closed_tiers(console: Console, load: LoadReport) -> None:
    if not load.closed_tiers:
        return
    for tier in load.closed_tiers:
        print_line(console, f"Tier {tier.tier} is used up until {format_day(tier.until)} ({_figmas_answer(tier)}).")
    print_line(console, "Until then, runs send no request of that tier.")
    for link in sorted({tier.quota.upgrade_link for tier in load.closed_tiers if tier.quota.upgrade_link}):
        print_line(console, f"To raise the limit: {link} (from Figma's answer)")


def _figmas_answer(tier: ClosedTier) -> str:
    quota = f"plan {tier.quota.plan}, seat {tier.quota.seat or 'unknown'}, " if tier.quota.plan else ""
    return f"Figma: {quota}Retry-After {format_duration(tier.seconds)}"


def _print_deferred(console: Console, load: LoadReport) -> None:
    if load.closed_tiers and (load.files_deferred or load.listings_deferred):
        changed = load.files_loaded + load.files_deferred
        print_line(console, f"{load.files_loaded:,} of {changed:,} files are loaded; later runs load the rest.")
    if load.stop_reason:
        print_line(console, f"Ended early ({load.stop_reason}): {_what_is_left(load)}.")
        return
    if load.pictures_deferred:
        print_line(console, "Some pictures are deferred; the next run continues.")
    if load.files_deferred and not load.closed_tiers:
        print_line(
            console, f"{load.files_deferred:,} files are deferred, since Figma is failing; the next run continues."
        )


def _what_is_left(load: LoadReport) -> str:
    left = [
        *([f"{load.files_deferred:,} files are deferred"] if load.files_deferred else []),
        *(["some listings are not read"] if load.listings_deferred else []),
        *(["some pictures are deferred"] if load.pictures_deferred else []),
    ]
    if not left:
        return "nothing was left to do"
    if load.is_limit_spent_on_listings:
        spent = sum(load.requests.values())
        return f"{', '.join(left)}; the listings alone took {spent:,} requests, so a run needs more than that"
    return f"{', '.join(left)}; the next run continues"
