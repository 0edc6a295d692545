"""Targets, the measurements to compare with them, and how they are printed."""

from dataclasses import dataclass

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

# so wide that a row stays on one line, also in the log of a job
WIDTH = 150

_console = Console(highlight=False, width=WIDTH)


@dataclass(frozen=True)
class Target:
    """A measured target. `ours`, `baseline` and `ratio` are in words; `target` is the limit in words."""

    what: str
    ours: str
    baseline: str
    ratio: str
    target: str
    is_met: bool


def print_line(text: str) -> None:
    """Print a line of progress."""
    _console.print(text, soft_wrap=True)


def print_targets(targets: list[Target]) -> None:
    """Print one row per target."""
    table = Table("what", *("ours", "baseline", "ratio", "target"), "met", box=SIMPLE_HEAD)
    for one in targets:
        is_met = "yes" if one.is_met else "[bold red]no[/bold red]"
        table.add_row(one.what, one.ours, one.baseline, one.ratio, one.target, is_met)
    _console.print(table)
