"""Times and tables in what people read."""

import io
from datetime import datetime

import pytest
from rich.console import Console

from figma_warehouse.job.backfill import BackfillReport
from figma_warehouse.terminal.formatting import add_row, format_time, make_table, print_line, print_table
from figma_warehouse.terminal.print_history import print_backfill


def printed_until(retry_at: datetime) -> str:
    out = io.StringIO()
    report = BackfillReport(planned=1, deferred=1, reason="tier 1 is used up", retry_at=retry_at)
    print_backfill(Console(file=out, width=200), report)
    return out.getvalue()


def test_a_time_has_its_year() -> None:
    for year in (2026, 2027):
        assert f"04 Mar {year} 05:06" in printed_until(datetime(year, 3, 4, 5, 6).astimezone())
        assert format_time(datetime(year, 3, 4, 5, 6).astimezone()) == f"04 Mar {year} 05:06"


@pytest.mark.parametrize("width", [20, 80, 200])
def test_a_table_loses_no_figure_on_a_narrow_terminal(width: int) -> None:
    out = io.StringIO()
    figures = [str(10**7 + number) for number in range(9)]
    table = make_table("Last runs", *(f"heading {number}" for number in range(1, 9)))
    add_row(table, *figures)

    print_table(Console(file=out, width=width), table)

    assert out.getvalue().splitlines()[-1].split() == figures


def test_a_line_escapes_what_controls_a_terminal_and_reads_no_markup() -> None:
    out = io.StringIO()

    print_line(Console(file=out, width=20), "\n[red]a\x1b[31mb\nc[/red] and more than the width of the terminal\n")

    assert out.getvalue() == "\n[red]a\\x1b[31mb\\nc[/red] and more than the width of the terminal\n\n"
