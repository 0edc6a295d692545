"""What `check` prints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console

from figma_warehouse.terminal.formatting import print_line
from figma_warehouse.terminal.print_plan import format_count

if TYPE_CHECKING:
    from figma_warehouse.job.check import CheckReport

STATES = {"ok": "ok", "missing": "MISSING", "fatal": "FAILED"}


def print_check(console: Console, report: CheckReport) -> None:
    """Print the result of each test, with what to do or what is lost."""
    for finding in report.findings:
        remedy = f": {finding.remedy}" if finding.remedy else ""
        print_line(console, f"{STATES[finding.state]:8} {finding.name}{remedy}")
    documents = "one of them of tier 1" if report.has_asked_tier_1 else "none of them of tier 1"
    print_line(console, f"This check took {format_count(report.requests)}, {documents}.")
