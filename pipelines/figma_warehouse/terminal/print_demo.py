"""What `demo` and `sandbox` print."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from figma_warehouse.terminal.formatting import print_line, short_path
from figma_warehouse.terminal.print_run import format_requests

if TYPE_CHECKING:
    from figma_warehouse.data_dir import DataDir
    from figma_warehouse.job.demo import DemoReport

MOST_USED = "select component_set_name, component_name, placements from marts.component_reach order by 3 desc limit 5"


def print_demo(console: Console, report: DemoReport, data: DataDir) -> None:
    """Print what the demo loaded and found, and what to try next."""
    folder = short_path(data.root)
    database = f"{folder}/warehouse.duckdb"
    print_line(console, f"\n{_loaded(report)}")
    for label, answer in format_answers(report.summary):
        print_line(console, f"  {label:14} {answer}")
    print_line(console, f"\nRequests    {format_requests(report.run.load)}")
    print_line(console, f"Warehouse   {database}")
    print_line(console, f'Queries     {_program("duckdb")} -readonly {database} "{MOST_USED}"')
    print_line(console, f"Dashboards  {_program('figma-warehouse')} dashboard --data-dir {folder}")
    print_line(console, f'Your own    {_program("figma-warehouse")} init; see README, "With your token"')
    print_line(console, _next_week(report.next_at))


def format_answers(summary: dict[str, list[dict[str, Any]]]) -> Iterator[tuple[str, str]]:
    """Yield the label and the words of each answer of `read_summary`."""
    used = [f"{row['name']} {row['placements']:,}" for row in summary["most_used"]]
    if used:
        first = summary["most_used"][0]
        used[0] = f"{first['name']} {first['placements']:,} placements, used by {first['files']} files"
    yield "Most used", " · ".join(used) or "nothing yet"
    (unused,) = summary["unused"]
    old = f"{unused['old']} of these published at least {unused['days']} days ago" if unused["old"] else "none for long"
    unsure = "" if unused["sure"] is not False else "; not certain, since not every file could be read"
    yield (
        "Unused",
        f"{unused['unused']} of {unused['published']} published components, {old}{unsure}",
    )
    (orphaned,) = summary["orphaned"]
    dangling = f"{orphaned['dangling_references'] or 0} references to {orphaned['dangling']} styles that no library has"
    yield "Orphaned", f"{orphaned['unused']} styles nobody uses, {dangling}"
    grown = [f"{row['name']}, {row['growth']:+.0%} nodes in four weeks" for row in summary["growth"]]
    yield "Fastest grown", "".join(grown) or "no file in four weeks"
    (complete,) = summary["complete"]
    skipped = f"; skipped: {complete['reasons'].replace('_', ' ')}" if complete["reasons"] else ""
    yield "Complete", f"{complete['current']} of {complete['expected']} files at their current version{skipped}"


def print_sandbox(console: Console, state: dict[str, Any]) -> None:
    """Print the address of the sandbox, and the settings to load from it."""
    print_line(console, f"{state['about']}, served at {state['url']} (Ctrl-C stops). Load it with:\n")
    print_line(console, f"  export SOURCES__FIGMA__BASE_URL={state['url']} FIGMA_TOKEN={state['token']}")
    print_line(console, f"  export SOURCES__FIGMA__TEAMS='{json.dumps(state['teams'])}'")
    if state["limits"]:
        plan, _, seat = state["limits"].partition(":")
        print_line(console, f"  export SOURCES__FIGMA__PLAN={plan} SOURCES__FIGMA__SEAT={seat}")
    print_line(console, "  figma-warehouse run --data-dir data/sandbox")


def _program(name: str) -> str:
    """Return how to call a program of this installation: by its name if it is on the path, else by its path."""
    here = Path(sys.executable).parent / name
    found = shutil.which(name)
    is_ours = found is not None and here.exists() and here.samefile(found)
    return name if is_ours else str(short_path(here))


def _loaded(report: DemoReport) -> str:
    load = report.run.load
    files = f"Week {report.week}: {load.files_expected} files and branches in {report.teams} teams"
    if report.is_first:
        nodes = report.history[0].nodes_loaded
        return f"{files}, loaded {len(report.history) + 1} times over four weeks ({nodes:,} nodes at first)."
    return (
        f"{files}: {load.files_unchanged} unchanged, {load.files_loaded} changed or new ({load.nodes_loaded:,} nodes"
        f" read), {load.files_removed} removed."
    )


def _next_week(ends_at: datetime) -> str:
    if ends_at <= datetime.now(UTC):
        return "Run it again to watch a week pass."
    return f"The sample organisation has reached the present; its next week ends on {ends_at:%A, %d %B}."
