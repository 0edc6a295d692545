"""How times are written in what people read."""

import io
from datetime import datetime

from rich.console import Console

from figma_warehouse.job.backfill import BackfillReport
from figma_warehouse.terminal.print_history import print_backfill


def told(retry_at: datetime) -> str:
    out = io.StringIO()
    report = BackfillReport(planned=1, deferred=1, reason="tier 1 is used up", retry_at=retry_at)
    print_backfill(Console(file=out, width=200), report)
    return out.getvalue()


def test_a_time_has_its_year_where_that_is_not_this_one() -> None:
    this_year = datetime.now().astimezone().replace(month=3, day=4, hour=5, minute=6)
    assert "04 Mar 05:06" in told(this_year)
    following = this_year.replace(year=this_year.year + 1)
    assert f"04 Mar {following.year} 05:06" in told(following)
