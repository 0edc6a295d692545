"""Who saved files in a period and in the period before it, for the page People and the index."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from figma_warehouse.dashboard import published_file
from figma_warehouse.dashboard.selection import Selection
from figma_warehouse.dashboard.templating import counted

# the name of each person; a name that several people have gets their id beside it
PEOPLE = """
    with handles as (
        select distinct user_id, coalesce(user_handle, user_id, 'Not named by Figma') as handle
        from marts.people_activity
    ),
    people as (
        select
            coalesce(user_id, '') as key,
            case when count(*) over (partition by handle) = 1 then handle
                else concat(handle, ' (', coalesce(user_id, 'no id'), ')') end as person
        from handles
    )
"""


@dataclass(frozen=True)
class SavePeriods:
    """A period of `weeks` that ends with the last known week, and the period of as many weeks before it.

    `first` and `before` are the first Monday of each. All are None for all weeks: there is no period before.
    """

    weeks: int | None = None
    first: date | None = None
    before: date | None = None

    @property
    def now(self) -> str:
        """The period in words, for example `in the last 12 weeks`."""
        return f"in the last {counted(self.weeks, 'week')}" if self.weeks else "in all weeks"

    @property
    def earlier(self) -> str:
        """The period before in words, for example `in the 12 weeks before`."""
        return f"in the {counted(self.weeks, 'week')} before" if self.weeks else ""


def save_periods(weeks: str | None) -> SavePeriods:
    """Return the periods of so many weeks; None stands for all weeks."""
    if weeks is None or not weeks.isdigit() or not published_file.has("people_activity", "file_activity"):
        return SavePeriods()
    last: date | None = published_file.ask("select max(week_start) from marts.file_activity").item()
    if last is None:
        return SavePeriods()
    length = timedelta(weeks=int(weeks[:4]))
    first = last + timedelta(weeks=1) - length
    return SavePeriods(int(weeks[:4]), first, first - length)


def save_totals(selected: Selection, periods: SavePeriods) -> dict[str, Any]:
    """Return the people, saves and sessions of both periods, and the people who saved a library.

    Values of the period before are None if there is none.
    """
    totals = selected.ask(
        """
        with saves as (
            select *, is_since(week_start, $first) as is_now
            from marts.people_activity
            where saved_versions > 0
                and is_selected(team_id, folder_id, $team, $folders)
                and is_since(week_start, $before)
        )
        select
            count(distinct user_id) filter (where is_now) as people,
            count(distinct user_id) filter (where not is_now) as people_before,
            coalesce(sum(saved_versions) filter (where is_now), 0)::bigint as saves,
            coalesce(sum(saved_versions) filter (where not is_now), 0)::bigint as saves_before,
            coalesce(sum(sessions) filter (where is_now), 0)::bigint as sessions,
            coalesce(sum(sessions) filter (where not is_now), 0)::bigint as sessions_before,
            count(distinct user_id) filter (where is_now and library_saved_versions > 0) as library_people
        from saves
        """,
        first=periods.first,
        before=periods.before,
    ).row(0, named=True)
    if periods.before is None:
        totals |= dict.fromkeys(("people_before", "saves_before", "sessions_before"))
    return totals
