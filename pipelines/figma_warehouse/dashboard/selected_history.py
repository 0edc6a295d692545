"""Usage over the weeks in the files of a team or folder, as the mart usage_history counts it in all files."""

import polars as pl

from figma_warehouse.dashboard.selection import Selection

# one row per week, component and selected file that has it
USED = """
    with weeks as (
        select distinct week_start
        from marts.usage_history
        where is_mostly_scanned and is_since(week_start, $since)
    ),
    used as (
        select
            weekly.week_start as week,
            snapshots.component_key,
            coalesce(reach.component_set_key, snapshots.component_set_key) as component_set_key,
            coalesce(reach.is_published, false) as is_published,
            snapshots.usages,
            case when reach.is_published and reach.library_file_key = weekly.file_key then 0
                else snapshots.direct_visible end as placements,
            case when reach.is_published or defined.component_key is null then 0
                else snapshots.direct_visible end as local_placements
        from marts.file_growth_weekly as weekly
        inner join weeks on weekly.week_start = weeks.week_start
        inner join figma.snapshot_components as snapshots
            on weekly.file_key = snapshots.file_key
            and weekly.version = snapshots.version
            and weekly.last_modified_at = snapshots.last_modified_at
        left join marts.component_reach as reach on snapshots.component_key = reach.component_key
        left join internal.int_defined_components as defined
            on snapshots.file_key = defined.file_key and snapshots.component_key = defined.component_key
        where not weekly.is_branch and is_selected(weekly.team_id, weekly.folder_id, $team, $folders)
    )
"""
# what happened to the instances of a component, or of the variants of a set, in each week
CHANGES = """
    , keys as (
        select component_key from marts.component_reach where $key in (component_key, component_set_key)
        union
        select component_key from used where $key in (component_key, component_set_key)
    ),
    sums as (
        select week, sum(usages)::bigint as usages, sum(placements)::bigint as placements
        from used
        where component_key in (select component_key from keys)
        group by week
    ),
    events as (
        select
            week_start,
            event,
            (component_key_after in (select component_key from keys))::integer as arrived,
            (component_key_before in (select component_key from keys))::integer as left_it
        from internal.int_designer_events
        where is_selected(team_id, folder_id, $team, $folders)
    ),
    changes as (
        select
            week_start,
            sum(arrived) filter (where event = 'insertion') as insertions,
            sum(left_it) filter (where event = 'removal') as removals,
            sum(arrived) filter (where event = 'swap') as swaps_in,
            sum(left_it) filter (where event = 'swap') as swaps_out,
            sum(left_it) filter (where event = 'detachment') as detachments
        from events
        group by week_start
    )
"""


def placements(selected: Selection, since: str | None) -> pl.DataFrame:
    """One row per `week`: placements of published components and of local ones, and all placements."""
    return selected.ask(
        USED  # our own text
        + """
        select
            week,
            coalesce(sum(placements) filter (where is_published), 0)::bigint as library,
            sum(local_placements)::bigint as local,
            sum(placements)::bigint as placements
        from used
        group by week
        order by week
        """,
        since=since,
    )


def usage(selected: Selection, key: str, since: str | None) -> pl.DataFrame:
    """One row per week of a component, or of all variants of a set: its usage, and what happened to its instances."""
    return selected.ask(
        USED  # noqa: S608  # our own text
        + CHANGES
        + """
        select
            weeks.week_start as week,
            coalesce(sums.usages, 0) as usages,
            coalesce(sums.placements, 0) as placements,
            coalesce(changes.insertions, 0)::bigint as insertions,
            coalesce(changes.removals, 0)::bigint as removals,
            coalesce(changes.swaps_in, 0)::bigint as swaps_in,
            coalesce(changes.swaps_out, 0)::bigint as swaps_out,
            coalesce(changes.detachments, 0)::bigint as detachments
        from weeks
        left join sums on weeks.week_start = sums.week
        left join changes on weeks.week_start = changes.week_start
        where weeks.week_start >= (
            select min(week_start) from marts.usage_history where $key in (component_key, component_set_key)
        )
        order by week
        """,
        key=key,
        since=since,
    )
