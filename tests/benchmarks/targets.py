"""What was measured against what is promised, and how it is printed."""

from dataclasses import dataclass

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

# wide enough that a row stays on one line, also in the log of a job
WIDTH = 150

_console = Console(highlight=False, width=WIDTH)


@dataclass(frozen=True)
class Promise:
    """One promise as it was measured; `ours`, `baseline` and `ratio` are in words, `promised` says the bound."""

    what: str
    ours: str
    baseline: str
    ratio: str
    promised: str
    is_held: bool


def say(text: str) -> None:
    """Print a line of progress."""
    _console.print(text, soft_wrap=True)


def print_promises(promises: list[Promise]) -> None:
    """Print one row per promise."""
    table = Table("what", *("ours", "baseline", "ratio", "promise"), "held", box=SIMPLE_HEAD)
    for one in promises:
        held = "yes" if one.is_held else "[bold red]no[/bold red]"
        table.add_row(one.what, one.ours, one.baseline, one.ratio, one.promised, held)
    _console.print(table)
