"""The recorded shares of a selection over the weeks, from the mart adoption_weekly."""

from dataclasses import dataclass
from datetime import date, timedelta

import altair as alt
import marimo as mo
import polars as pl

from figma_warehouse.dashboard import charts, page, published_file
from figma_warehouse.dashboard.selection import Selection, Span, first_day

MAX_LINES = 5
# what a page can show only if the published file is of this version
NEEDED = "adoption_weekly"
# the rows of one level that a selection leaves, with the names of today
RECORDED = """
    with items as (
        select distinct
            case $level when 'team' then team_id when 'folder' then folder_id else file_key end as id,
            case $level when 'team' then team_name when 'folder' then folder_path else file_name end as name
        from marts.file_freshness
        where is_selected(team_id, folder_id, $team, $folders)
    ),
    recorded as (
        select
            weekly.week_start as week,
            weekly.share_name,
            coalesce(weekly.id, '') as key,
            coalesce(items.name, weekly.name, weekly.id, 'In no ' || $level) as name,
            weekly.numerator,
            weekly.denominator
        from marts.adoption_weekly as weekly
        left join items on weekly.id is not distinct from items.id
        where weekly.level = $level
            and (($team is null and $folders is null) or weekly.id in (select id from items))
    )
"""


@dataclass(frozen=True)
class Periods:
    """The recorded weeks that a page compares: the last one, the first of the period, and that of the period before.

    Each is a Monday. `before` is None if the record does not reach back that far, all are None if there is no record.
    """

    before: date | None
    start: date | None
    last: date | None

    @property
    def has_trend(self) -> bool:
        """Whether two weeks are recorded in the period."""
        return self.start is not None and self.start != self.last

    @property
    def span(self) -> Span:
        """The span of the period, for words such as `since 7 September`."""
        return Span(self.start)


def periods(weeks: str | None) -> Periods:
    """Return the weeks to compare for a period of so many weeks; None stands for all weeks.

    A period begins with the last week recorded before it, or with the first one of the record.
    """
    weekly = published_file.ask("select distinct week_start as week from marts.adoption_weekly order by week")
    recorded: list[date] = weekly["week"].to_list()
    if not recorded:
        return Periods(None, None, None)
    day = first_day(weeks)
    boundary = date.fromisoformat(day) if day else recorded[0]
    start = max((week for week in recorded if week <= boundary), default=recorded[0])
    earliest = boundary - timedelta(weeks=int(weeks)) if weeks and day else date.min
    before = max((week for week in recorded if week <= earliest), default=None)
    return Periods(before, start, recorded[-1])


def by_week(selected: Selection, level: str, share: str, compared: Periods) -> pl.DataFrame:
    """One row per `week` of the period and item on the level: `key`, `name`, `numerator` and `denominator`."""
    return selected.ask(
        RECORDED  # noqa: S608  # our own text
        + """
        select week, key, name, numerator, denominator
        from recorded
        where share_name = $share and denominator > 0 and week >= $start
        order by week, lower(name), key
        """,
        level=level,
        share=share,
        start=compared.start,
    )


def by_slot_kind(selected: Selection, level: str, compared: Periods) -> pl.DataFrame:
    """One row per `week` of the period and slot kind: `key` and `name` of the kind, `numerator` and `denominator`.

    A slot counts in the numerator if it has a published style or a variable. The level `file` has no such rows.
    """
    return selected.ask(
        RECORDED  # our own text
        + """
        select
            week,
            share_name as key,
            sentence_case(replace(replace(share_name, '_slots', ''), '_', ' ')) as name,
            sum(numerator)::bigint as numerator,
            sum(denominator)::bigint as denominator
        from recorded
        where ends_with(share_name, '_slots') and denominator > 0 and week >= $start
        group by week, share_name
        order by week, key
        """,
        level=level,
        start=compared.start,
    )


def side_by_side(selected: Selection, level: str, compared: Periods) -> pl.DataFrame:
    """One row per `share_name`: `before_share`, `start_share` and `last_share` of all selected items together.

    `before_points` and `points` are the differences between them, as fractions. What is not known is None.
    """
    return selected.ask(
        RECORDED  # noqa: S608  # our own text
        + """
        , sums as (
            select
                share_name,
                sum(numerator) filter (where week = $before)
                / nullif(sum(denominator) filter (where week = $before), 0)::double as before_share,
                sum(numerator) filter (where week = $start)
                / nullif(sum(denominator) filter (where week = $start), 0)::double as start_share,
                sum(numerator) filter (where week = $last)
                / nullif(sum(denominator) filter (where week = $last), 0)::double as last_share
            from recorded
            group by share_name
        )
        select *, start_share - before_share as before_points, last_share - start_share as points
        from sums
        order by share_name
        """,
        level=level,
        before=compared.before,
        start=compared.start,
        last=compared.last,
    )


def movers(selected: Selection, level: str, share: str, compared: Periods) -> pl.DataFrame:
    """One row per item with a share at the start and at the end of the period, the largest change first.

    Columns: key, name, `start_share`, `last_share`, `points` (all fractions), and the numerators and denominators of
    both weeks.
    """
    return selected.ask(
        RECORDED  # noqa: S608  # our own text
        + """
        , changes as (
            select
                now.key,
                now.name,
                before.numerator as numerator_before,
                before.denominator as denominator_before,
                now.numerator,
                now.denominator,
                before.numerator / before.denominator::double as start_share,
                now.numerator / now.denominator::double as last_share
            from recorded as now
            inner join recorded as before
                on now.key = before.key and now.share_name = before.share_name and before.week = $start
            where now.week = $last and now.share_name = $share and now.denominator > 0 and before.denominator > 0
        )
        select *, last_share - start_share as points
        from changes
        where last_share <> start_share
        order by abs(last_share - start_share) desc, lower(name), key
        """,
        level=level,
        share=share,
        start=compared.start,
        last=compared.last,
    )


def in_all(weekly: pl.DataFrame) -> pl.DataFrame:
    """Sum the rows of `by_week` over the items: one row per `week` with its `share`."""
    summed = weekly.group_by("week").agg(pl.col("numerator", "denominator").sum()).sort("week")
    return summed.with_columns(share=pl.col("numerator") / pl.col("denominator"))


def trend_title(name: str, weekly: pl.DataFrame, compared: Periods) -> str:
    """Say how a share of all selected items changed over the period."""
    known = in_all(weekly)
    if known.height < 2:
        return f"{name} over time"
    first, last = known["share"].item(0), known["share"].item(-1)
    change = "unchanged at" if f"{first:.1%}" == f"{last:.1%}" else f"from {first:.1%} to"
    return f"{name}: {change} {last:.1%} {compared.span.since}"


def trend_chart(
    weekly: pl.DataFrame, compared: Periods, axis: str, owned: dict[str, str] | None = None
) -> mo.Html | alt.Chart:
    """Draw one line per item, the largest ones apart and all others together, or say when there will be a trend."""
    if not compared.has_trend or weekly.is_empty():
        return too_early(compared)
    drawn, labels = _lines(weekly, owned)
    drawing = (
        alt.Chart(charts.by_week(drawn))
        .mark_line(point={"size": 40, "filled": True}, strokeWidth=2)
        .encode(
            x=alt.X("week:O", title="Week of", axis=charts.week_axis()),
            y=alt.Y(
                "share:Q",
                title=axis,
                scale=alt.Scale(domain=share_range(drawn), nice=True),
                # as many decimals as the ticks need
                axis=alt.Axis(tickCount=5, format="~%"),
            ),
            color=charts.colors(labels, owned if owned and set(labels) & set(owned) else None),
            tooltip=[
                alt.Tooltip("label:N", title="Of"),
                alt.Tooltip("day:N", title="Week of"),
                alt.Tooltip("share:Q", title="Share", format=".1%"),
                alt.Tooltip("numerator:Q", title="Counted", format=","),
                alt.Tooltip("denominator:Q", title="Of all", format=","),
            ],
        )
    )
    finished: alt.Chart = charts.chart(drawing, 240, f"{axis} by week")
    return finished


def _lines(weekly: pl.DataFrame, owned: dict[str, str] | None) -> tuple[pl.DataFrame, list[str]]:
    """Return one row per week and line, with the line's `label` and `share`, and the labels, the largest first."""
    names = weekly.sort("week").group_by("key", maintain_order=True).agg(pl.col("name").last())
    repeated = names.filter(pl.col("name").is_duplicated())["name"].implode()
    title = pl.when(pl.col("name").is_in(repeated)).then(pl.format("{} ({})", "name", "key")).otherwise("name")
    titled = weekly.drop("name").join(names.with_columns(title=title), on="key")
    labelled, labels = charts.with_labels(titled, "title", "denominator", most=MAX_LINES, owned=owned)
    lines = labelled.group_by("week", "label").agg(pl.col("numerator", "denominator").sum()).sort("week", "label")
    return lines.with_columns(share=pl.col("numerator") / pl.col("denominator")), labels


def share_range(weekly: pl.DataFrame) -> list[float]:
    """Return the ends of an axis that makes the change of the share visible: a little past the values, within 0..1."""
    known = weekly["share"].drop_nulls().to_list() or [0.0, 1.0]
    margin = max((max(known) - min(known)) / 5, 0.005)
    return [max(min(known) - margin, 0.0), min(max(known) + margin, 1.0)]


def too_early(compared: Periods) -> mo.Html:
    """Say when there will be a trend."""
    if compared.last is None:
        return page.notice("No share is recorded yet. The next run that builds the models records the first week.")
    return page.notice(
        f"Shares are recorded since the week of {compared.last:%-d %B %Y}. The trend begins with the first run that "
        "loads a file saved in a later week."
    )


def as_lines(shares: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Combine several shares, each as `by_week` returns it, into one line each, named by the key."""
    return pl.concat(
        [
            in_all(weekly).select(
                "week", pl.lit(name).alias("key"), pl.lit(name).alias("name"), "numerator", "denominator"
            )
            for name, weekly in shares.items()
        ]
    )
