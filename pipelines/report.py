"""What the commands print when they are done: plain words, one idea a line, the next step named.

Names that come from Figma are printed as text, never read as markup.
"""

import json
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from pipelines.demo import DemoReport
from pipelines.loading import LoadReport
from pipelines.planning import RunPlan
from pipelines.settings import DataDir
from pipelines.status import Status
from pipelines.warehouse import RunReport


def print_run(console: Console, report: RunReport, data: DataDir) -> None:
    """Print what a run did and where the result lies."""
    print_load(console, report.load)
    _line(console, f"{report.models.models} models built, {report.models.tests} tests passed.")
    _line(console, f"Published {data.published} ({_megabytes(report.published_bytes)}).")
    if report.exit_code:
        _line(console, "Some things were skipped: figma-warehouse status says which and why.")


def print_load(console: Console, load: LoadReport) -> None:
    """Print what a load did: files by fate, nodes, requests by tier."""
    _line(
        console,
        f"{load.files_expected:,} files: {load.files_loaded:,} loaded, {load.files_unchanged:,} unchanged,"
        f" {load.files_removed:,} gone, {load.files_skipped:,} skipped. {load.nodes_loaded:,} nodes read.",
    )
    _line(console, f"Requests: {_requests(load)}.{_waited(load)}")


def print_plan(console: Console, plan: RunPlan) -> None:
    """Print what a run would do."""
    pace = f"{plan.documents_a_minute} documents a minute" if plan.documents_a_minute else "a few documents a month"
    _line(console, f"Plan {plan.plan}, seat {plan.seat}: {pace}.")
    _line(console, f"  Teams     {', '.join(plan.teams) or 'none'}")
    _line(
        console,
        f"  Files     {plan.files_listed:,} listed · {plan.files_changed - plan.files_new:,} changed"
        f" · {plan.files_new:,} new · {plan.files_gone:,} gone · {plan.files_waiting:,} skipped until they change",
    )
    _line(console, f"  Requests  tier 1: {plan.files_changed:,}, and at least one of tier 2 for each")
    _line(console, f"  Time      {_plan_time(plan)}")
    _line(console, f"{plan.requests_spent} requests were spent on this; nothing was written.")


def _plan_time(plan: RunPlan) -> str:
    if not plan.files_changed:
        return "seconds: no document is to be fetched"
    return (
        f"about {plan.minutes} min, bound by tier 1" if plan.minutes else "up to Figma: it will say when to come back"
    )


def print_status(console: Console, status: Status) -> None:
    """Print a screenful on how things stand."""
    if status.running:
        _line(console, f"A run is going on ({status.running}). What follows is as of the last one.\n")
    _print_runs(console, status.runs, is_running=status.running is not None)
    _print_freshness(console, status.freshness)
    _print_skipped(console, status.skipped)
    _line(console, "")
    counts = status.counts
    _line(
        console,
        f"Holds {counts['files']:,} files with {counts['nodes']:,} nodes,"
        f" {counts['components']:,} published components, {counts['styles']:,} published styles,"
        f" {counts['snapshots']:,} snapshots."
        f" Published file {_megabytes(status.published_bytes)}, build file {_megabytes(status.build_bytes)}.",
    )


def print_sandbox(console: Console, state: dict[str, Any]) -> None:
    """Print where the sandbox listens and how to load from it."""
    _line(console, f"{state['about']}, served at {state['url']} (Ctrl-C stops). Load it with:\n")
    _line(console, f"  export SOURCES__FIGMA__BASE_URL={state['url']} FIGMA_TOKEN={state['token']}")
    _line(console, f"  export SOURCES__FIGMA__TEAMS='{json.dumps(state['teams'])}'")
    _line(console, "  figma-warehouse run --data-dir data/sandbox")


def print_demo(console: Console, report: DemoReport, shown: Path) -> None:
    """Print what the demo found, and where to go on."""
    load = report.run.load
    _line(console, f"\n{_loaded(report)}")
    for label, text in _findings(report.summary):
        console.print(Text(f"  {label:14} "), Text(text), sep="", soft_wrap=True)
    database = f"{shown}/warehouse.duckdb"
    _line(console, f"\nRequests    {_requests(load)}")
    _line(console, f'Warehouse   {database}   (duckdb {database} "from marts.component_reach limit 5")')
    _line(console, f"Dashboards  .venv/bin/figma-warehouse dashboard --data-dir {shown}")
    _line(console, 'Your own    see README, "With your token"')
    _line(console, "Run it again to watch a week pass.")


def _loaded(report: DemoReport) -> str:
    load = report.run.load
    about = f"Week {report.week}: {load.files_expected} files in {report.teams} teams"
    if report.is_first:
        nodes = report.history[0].nodes_loaded
        return f"{about}, loaded {len(report.history) + 1} times over four weeks ({nodes:,} nodes at first)."
    return (
        f"{about}: {load.files_unchanged} unchanged, {load.files_loaded} changed or new ({load.nodes_loaded:,} nodes"
        f" read), {load.files_removed} gone."
    )


def _findings(summary: dict[str, list[dict[str, Any]]]) -> Iterable[tuple[str, str]]:
    used = [f"{row['name']} {row['placements']:,}" for row in summary["most_used"]]
    if used:
        first = summary["most_used"][0]
        used[0] = f"{first['name']} {first['placements']:,} placements in {first['files']} files"
    yield "Most used", " · ".join(used) or "nothing yet"
    (unused,) = summary["unused"]
    yield (
        "Unused",
        f"{unused['unused']} of {unused['published']} published components, {unused['old']} over 90 days old",
    )
    (orphaned,) = summary["orphaned"]
    dangling = f"{orphaned['dangling_references'] or 0} references to {orphaned['dangling']} styles that are gone"
    yield "Orphaned", f"{orphaned['unused']} styles nobody uses, {dangling}"
    for row in summary["growth"]:
        yield "Fastest grown", f"{row['name']}, {row['growth']:+.0%} nodes in four weeks"
    (complete,) = summary["complete"]
    missing = f"; skipped: {complete['reasons'].replace('_', ' ')}" if complete["reasons"] else ""
    yield "Complete", f"{complete['current']} of {complete['expected']} files at their current version{missing}"


def _print_runs(console: Console, runs: list[dict[str, Any]], *, is_running: bool) -> None:
    table = _table("Last runs", "outcome", "took", "loaded", "unchanged", "gone", "skipped", "requests")
    for run in runs:
        requests = "/".join(str(run[f"requests_tier_{tier}"] or 0) for tier in (1, 2, 3))
        fates = (run[f"files_{fate}"] or 0 for fate in ("loaded", "unchanged", "removed", "skipped"))
        _add(table, _time(run["started_at"]), _outcome(run, is_running=is_running), _took(run), *fates, requests)
    console.print(table)
    _line(console, "Requests by tier: 1 documents / 2 listings and versions / 3 published lists.\n")


def _print_freshness(console: Console, freshness: list[dict[str, Any]]) -> None:
    table = _table("Freshness", "files", "current", "stale", "never loaded", "stale since")
    for row in freshness:
        _add(
            table,
            *(row["team"], row["files"], row["current"], row["stale"], row["never_loaded"]),
            _time(row["stale_since"]),
        )
    console.print(table)


def _print_skipped(console: Console, skipped: list[dict[str, Any]]) -> None:
    if not skipped:
        return
    _line(console, "")
    table = _table("Skipped", "files", "for example", "Figma says", "not before")
    for row in skipped:
        reason = row["reason"].replace("_", " ")
        _add(table, reason, row["files"], row["example"] or "", row["detail"] or "", _time(row["retry_at"]))
    console.print(table)


def _table(first: str, *columns: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in (first, *columns):
        table.add_column(column)
    return table


def _add(table: Table, *cells: Any) -> None:
    table.add_row(*(Text(str(cell)) for cell in cells))


def _outcome(run: dict[str, Any], *, is_running: bool) -> str:
    return "cut off" if run["outcome"] == "running" and not is_running else str(run["outcome"])


def _took(run: dict[str, Any]) -> str:
    finished = run["finished_at"]
    return str(finished - run["started_at"]).partition(".")[0] if finished else ""


def _time(moment: datetime | None) -> str:
    """Return a time in the reader's zone."""
    return f"{moment.astimezone():%d %b %H:%M}" if moment else ""


def _requests(load: LoadReport) -> str:
    return " · ".join(f"tier {tier}: {count:,}" for tier, count in sorted(load.requests.items()))


def _waited(load: LoadReport) -> str:
    return f" Waited {load.wait_seconds:,.0f} s because Figma asked for it." if load.wait_seconds >= 1 else ""


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"


def _line(console: Console, text: str) -> None:
    console.print(Text(text), soft_wrap=True)
