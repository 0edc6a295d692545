"""Lines and tables on the console, and times, sizes and paths as people read them.

Names from Figma are printed as text, never as markup, and with control characters escaped.
"""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.segment import Segments
from rich.table import Table
from rich.text import Text

from figma_warehouse.logs import printable

NARROWEST_TABLE = 100


def print_line(console: Console, text: str) -> None:
    """Print one line. Line breaks around the text are kept, those in it are escaped."""
    line = text.strip("\n")
    console.print(Text(text.replace(line, printable(line), 1)), soft_wrap=True)


def make_table(first: str, *columns: str) -> Table:
    """Return an empty table with these headings."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column(first, no_wrap=True)
    for column in columns:
        table.add_column(column)
    return table


def add_row(table: Table, *cells: Any) -> None:
    """Add a row of any values."""
    table.add_row(*(Text(printable(str(cell))) for cell in cells))


def print_table(console: Console, table: Table) -> None:
    """Print a table. It never shrinks to a narrow terminal, where its lines wrap: so no figure is cut off."""
    options = console.options.update_width(max(console.width, NARROWEST_TABLE))
    console.print(Segments(console.render(table, options)), soft_wrap=True, end="")


def format_time(moment: datetime | None) -> str:
    """Return day and time in the reader's time zone, or nothing for None."""
    return f"{moment.astimezone():%d %b %Y %H:%M}" if moment else ""


def format_day(moment: datetime) -> str:
    """Return weekday, day, year and time in the reader's time zone."""
    return f"{moment.astimezone():%a %d %b %Y %H:%M}"


def format_duration(seconds: float) -> str:
    """Return a length of time in its two largest units."""
    if seconds < 600:
        return f"{seconds // 60:.0f} min {seconds % 60:.0f} s" if seconds >= 60 else f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    days, hours = divmod(minutes // 60, 24)
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes % 60} min" if hours else f"{minutes} min"


def format_age(age: timedelta) -> str:
    """Return how long ago something was, in its largest unit."""
    for unit, length in (("day", timedelta(days=1)), ("hour", timedelta(hours=1)), ("minute", timedelta(minutes=1))):
        if age >= length:
            return f"{age // length:,} {unit}{'s' if age >= 2 * length else ''} ago"
    return "just now"


def format_size(size: int) -> str:
    """Return a number of bytes in megabytes."""
    return f"{size / 1e6:,.1f} MB"


def short_path(path: Path) -> Path:
    """Return a path relative to the working directory, if it is inside, else the absolute path."""
    path = path.absolute()
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def for_team(team_id: str) -> str:
    """Return words that name a team with a rate limit of its own, or nothing if there is none."""
    return f" for team {team_id}" if team_id else ""
