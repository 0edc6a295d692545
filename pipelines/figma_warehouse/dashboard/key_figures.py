"""The figures of a selection that the index and several pages show, each computed in one place."""

from typing import Any

import polars as pl

from figma_warehouse.dashboard import published_file
from figma_warehouse.dashboard.selection import Selection, Span

# per main file, the nodes at the end of the week $week and now: a new file has none before, a removed one none now
SIZES = """
    with before as (
        select file_key, team_id, folder_id, file_name, nodes
        from marts.file_growth_weekly
        where week_start = $week and not is_branch
    ),
    latest as (
        select file_key, team_id, folder_id, file_name, nodes
        from marts.file_growth
        where is_latest and not is_branch and not is_removed
    ),
    sizes as (
        select
            coalesce(latest.file_key, before.file_key) as file_key,
            case when latest.file_key is null then before.team_id else latest.team_id end as team_id,
            case when latest.file_key is null then before.folder_id else latest.folder_id end as folder_id,
            coalesce(latest.file_name, before.file_name) as file_name,
            latest.file_key is null as is_removed,
            coalesce(latest.nodes, 0) as nodes,
            case when $week is not null then coalesce(before.nodes, 0) end as nodes_before
        from latest
        full join before on latest.file_key = before.file_key
    )
"""
TOTALS = (
    SIZES  # noqa: S608  # our own text
    + """
    , files as (
        select file_key, is_current
        from marts.file_freshness
        where is_expected and is_selected(team_id, folder_id, $team, $folders)
    ),
    summed as (
        select coalesce(sum(nodes), 0)::bigint as nodes, sum(nodes_before) as nodes_before
        from sizes
        where is_selected(team_id, folder_id, $team, $folders)
    ),
    used as (
        select
            coalesce(sum(placements), 0)::bigint as placements,
            coalesce(sum(usages), 0)::bigint as usages
        from marts.component_usage
        where file_key in (select file_key from files)
    ),
    published as (
        select count(*) as published, count(*) filter (where published_at >= $week::date + 7) as new
        from marts.component_reach
        where is_published
            and (($team is null and $folders is null) or library_file_key in (select file_key from files))
    )
    select
        (select count(*) from files) as files,
        (select count(*) filter (where is_current) from files) as current,
        summed.nodes,
        (summed.nodes - summed.nodes_before) / nullif(summed.nodes_before, 0)::double as growth,
        published.published,
        published.new,
        used.placements,
        used.usages
    from summed, published, used
"""  # our own text
)


def totals(selected: Selection, span: Span) -> dict[str, Any]:
    """Files, nodes and their growth over the span, published and new components, placements and usages.

    Files that were removed in the span count among the nodes before. Published components are those of the selected
    libraries; new ones were published in the span.
    """
    return selected.ask(TOTALS, week=span.week).row(0, named=True)


def grown_files(selected: Selection, span: Span) -> pl.DataFrame:
    """One row per main file that is not removed and has grown over the span, the fastest growing first."""
    return selected.ask(
        SIZES
        + """
        select
            file_key as key,
            coalesce(file_name, file_key) as file,
            nodes,
            nodes / nodes_before::double - 1 as growth
        from sizes
        where nodes > nodes_before and nodes_before > 0 and not is_removed
            and is_selected(team_id, folder_id, $team, $folders)
        order by growth desc, nodes desc, lower(file), key
        """,
        week=span.week,
    )


def adoption(selected: Selection) -> dict[str, Any]:
    """Sums and shares of layers, instances and styles over the selected files. A share of nothing is None."""
    return selected.ask("""
        with sums as (
            select
                coalesce(sum(library_layers), 0)::bigint as library_layers,
                coalesce(sum(visible_layers), 0)::bigint as visible_layers,
                coalesce(sum(library_placements), 0)::bigint as library_placements,
                coalesce(sum(local_placements), 0)::bigint as local_placements,
                coalesce(sum(bound_text_slots + bound_fill_slots), 0)::bigint as bound,
                coalesce(sum(text_slots + fill_slots), 0)::bigint as slots
            from marts.adoption
            inner join marts.file_freshness as files on adoption.id = files.file_key
            where adoption.level = 'file' and is_selected(files.team_id, files.folder_id, $team, $folders)
        )
        select
            *,
            library_layers / nullif(visible_layers, 0)::double as layer_share,
            library_placements / nullif(library_placements + local_placements, 0)::double as instance_share,
            bound / nullif(slots, 0)::double as style_share
        from sums
    """).row(0, named=True)


def tokens(selected: Selection) -> dict[str, Any]:
    """Sums and shares of the slots outside library instances that are bound, and of those that have a variable."""
    return selected.ask("""
        with sums as (
            select
                coalesce(sum(variable_slots + style_slots), 0)::bigint as bound,
                coalesce(sum(variable_slots), 0)::bigint as variables,
                coalesce(sum(all_slots), 0)::bigint as slots
            from marts.adoption
            inner join marts.file_freshness as files on adoption.id = files.file_key
            where adoption.level = 'file' and is_selected(files.team_id, files.folder_id, $team, $folders)
        )
        select
            *, bound / nullif(slots, 0)::double as token_share, variables / nullif(slots, 0)::double as variable_share
        from sums
    """).row(0, named=True)


def layer_share(selected: Selection) -> float | None:
    """Return the share of visible layers that come from the library; None if there are none or it is not known."""
    share: float | None = adoption(selected)["layer_share"] if published_file.has("adoption") else None
    return share


def lost_instances(selected: Selection) -> tuple[int, int] | None:
    """Return the instances that have lost their component and the files that have them; None if it is not known."""
    if not published_file.has("lost_components.is_lost"):
        return None
    instances, files = selected.ask("""
        select coalesce(sum(usages), 0)::bigint, count(distinct file_key)
        from marts.lost_components
        where is_lost and is_selected(team_id, folder_id, $team, $folders)
    """).row(0)
    return instances, files
