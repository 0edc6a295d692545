# /// script
# [tool.marimo.display]
# theme = "system"
# ///
# ruff: noqa: ANN001, ANN202
# mypy: allow-untyped-defs, allow-incomplete-defs
"""What is in the warehouse, can it be trusted, and what needs attention?"""

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="Overview")

with app.setup:
    from typing import Any

    import altair as alt
    import marimo as mo
    import polars as pl

    from figma_warehouse.dashboard import charts, filters, key_figures, page, published_file, selected_history, tables
    from figma_warehouse.dashboard.attention import attention, attention_list
    from figma_warehouse.dashboard.selection import Selection, Span, compared_span, first_day
    from figma_warehouse.dashboard.site_map import carried_parameters
    from figma_warehouse.dashboard.team_colors import team_colors

    TEAMS = {
        "team": "Team",
        "files": "Files",
        "current": "Current",
        "nodes": "Nodes",
        "growth": "Change",
        "last_modified_at": "Last edited",
    }
    FILES_BEHIND = {
        "file": "File",
        "state": "State",
        "reason": "Reason",
        "last_modified_at": "Last edited",
        "loaded_modified_at": "Loaded as of",
        "retry_at": "Retry after",
        "team": "Team",
        "url": "Figma",
    }
    RUNS = {
        "started_at": "Day",
        "clock": "Time (UTC)",
        "outcome": "Outcome",
        "seconds": "Seconds",
        "loaded": "Loaded",
        "unchanged": "Unchanged",
        "skipped": "Skipped",
        "requests": "Requests",
    }
    CHANGES = {
        "happened_at": "Date",
        "event": "Change",
        "kind": "Kind",
        "item": "Name",
        "before": "Before",
        "library": "Library",
        "person": "By",
        "url": "Figma",
    }


@app.cell
def _():
    parameters = mo.query_params()
    fresh = published_file.freshness()
    return fresh, parameters


@app.cell
def _(fresh, parameters):
    page.masthead("overview", fresh, parameters.to_dict())
    return


@app.cell
def _(fresh):
    mo.stop(fresh is None)
    search = filters.search("File or change")
    team = filters.team()
    period = filters.period()
    return period, search, team


@app.cell
def _(period, search, team):
    folder = filters.folder(team.value)
    filters.bar(search, team, folder, period)
    return (folder,)


@app.cell
def _(folder, period, search, team):
    selected = Selection(team.value, folder.value, search=search.value)
    span = compared_span(period.value)
    return selected, span


@app.cell
def _(selected, span):
    totals = key_figures.totals(selected, span)
    before = placements_before(selected, span)
    share = key_figures.layer_share(selected)
    page.figures(
        page.Figure(f"{totals['files']:,}", "Files", f"{totals['current']:,} at their current version"),
        page.Figure(f"{totals['nodes']:,}", "Nodes", f"{tables.change(totals['growth'])} {span.since}"),
        page.Figure(f"{totals['published']:,}", "Published components", f"{totals['new']:,} of them new {span.since}"),
        page.Figure(f"{totals['placements']:,}", "Placements", placements_remark(totals, before, span)),
        *(
            []
            if share is None
            else [page.Figure(tables.share(share), "Layers from the library", "of all visible layers")]
        ),
    )
    return


@app.cell
def _(parameters, selected):
    lines = attention(selected)
    page.section(
        "What needs attention" if lines else "Nothing in this data needs attention",
        None,
        attention_list(lines, carried_parameters(parameters.to_dict()))
        if lines
        else page.notice("Every file of this selection is current."),
    )
    return


@app.cell
def _(period, selected, span):
    mo.stop(
        not published_file.has("file_growth_weekly", "usage_history.is_mostly_scanned"), page.missing("Nodes by team")
    )
    growing = nodes_by_team(selected, first_day(period.value))
    page.section(
        growth_title(growing, span),
        "The nodes in the files of each team at the end of each week. A file keeps its size until the next loaded "
        "state. The chart begins with the first week in which at least 95% of the files are loaded.",
        nodes_chart(growing),
    )
    return


@app.cell
def _(selected, span):
    by_team = teams(selected, span)
    page.section(
        "By team",
        f"Current files are loaded at their current version. The change compares the nodes {span.since}.",
        tables.table(by_team, TEAMS),
        tables.download(by_team, TEAMS, "teams"),
    )
    return


@app.cell
def _(selected):
    page.section(
        "Files that are not at their current version",
        "The figures show these files in their last loaded state, or leave them out if they were never loaded.",
        *tables.with_download(
            files_behind(selected),
            FILES_BEHIND,
            "stale_files",
            empty="Every file of this selection is at its current version.",
            keys={"file": "key"},
        ),
    )
    return


@app.cell
def _(fresh, selected):
    mo.stop(fresh is None)
    runs = last_runs()
    page.section(
        "The last runs",
        "A run loads the files that changed, of all teams.",
        tables.table(runs, RUNS),
        tables.download(runs, RUNS, "runs"),
        ignored=selected,
    )
    return


@app.cell
def _(fresh, period, selected):
    mo.stop(fresh is None)
    mo.stop(not published_file.has("library_changes"), page.missing("Changes in the libraries"))
    page.section(
        "Changes in the libraries",
        "Components, sets and styles that were published, renamed, moved or unpublished in this period.",
        *tables.with_download(
            library_changes(selected, first_day(period.value)),
            CHANGES,
            "library_changes",
            empty="Nothing changed in this period.",
            keys={"item": "key"},
        ),
        ignored=selected,
    )
    return


@app.function
def library_changes(selected: Selection, since: str | None, most: int = 1000) -> pl.DataFrame:
    """One row per change of something published that the search finds, the latest first; of all teams."""
    return selected.ask(
        """
        select
            item_key as key,
            happened_at,
            replace(kind, '_', ' ') as kind,
            event,
            item_name as item,
            case when event = 'renamed' then name_before when event = 'moved' then place_before end as before,
            library_file_key as library_key,
            library_title(library_file_name) as library,
            user_handle as person,
            figma_url as url
        from marts.library_changes
        where is_since(happened_at, $since)
            and matches(concat_ws(' ', item_name, name_before, library_file_name), $search)
        order by happened_at desc nulls last, kind, lower(item_name), item_key
        limit $most
        """,
        since=since,
        most=most,
    )


@app.function
def placements_before(selected: Selection, span: Span) -> int | None:
    """Return the placements at the end of the first week of the span; None if they are not known."""
    if span.week is None:
        return None
    if selected.is_part:
        first = selected_history.placements(selected, span.week.isoformat()).filter(pl.col("week") == span.week)
        return int(first["placements"].sum())
    placements: int | None = published_file.ask(
        "select sum(placements)::bigint from marts.usage_history where week_start = $week", week=span.week
    ).item()
    return placements


@app.function
def placements_remark(totals: dict[str, Any], before: int | None, span: Span) -> str:
    """Say how placements changed over the span, or how many usages there are if that is not known."""
    if not before:
        return f"{page.counted(totals['usages'], 'usage')} in all"
    return f"{tables.change(totals['placements'] / before - 1)} {span.since}"


@app.function
def teams(selected: Selection, span: Span) -> pl.DataFrame:
    """One row per team: its files, how many of them are current, its nodes and their growth over the span."""
    return selected.ask(
        key_figures.SIZES  # noqa: S608  # our own text
        + """
        , files as (
            select
                team_id,
                min(team_name) as team_name,
                count(*) filter (where is_expected) as files,
                count(*) filter (where is_expected and is_current) as current,
                max(last_modified_at) as last_modified_at
            from marts.file_freshness
            where not is_branch and is_selected(team_id, folder_id, $team, $folders)
            group by team_id
        ),
        summed as (
            select team_id, sum(nodes) as nodes, sum(nodes_before) as nodes_before
            from sizes
            where is_selected(team_id, folder_id, $team, $folders)
            group by team_id
        )
        select
            files.team_id as key,
            coalesce(files.team_name, files.team_id, 'No team') as team,
            files.files,
            files.current,
            coalesce(summed.nodes, 0)::bigint as nodes,
            (coalesce(summed.nodes, 0) - summed.nodes_before) / nullif(summed.nodes_before, 0)::double as growth,
            files.last_modified_at
        from files
        left join summed on files.team_id is not distinct from summed.team_id
        order by nodes desc, team, key
        """,  # our own text
        week=span.week,
    )


@app.function
def files_behind(selected: Selection) -> pl.DataFrame:
    """One row per expected file that is not loaded at its current version, with the reason."""
    failed = published_file.failed_listings()
    # the last outcome of such a file is of an earlier run, which found nothing wrong with it
    unlisted = f"Its listing failed on {failed[0].at:%-d %b %Y}" if failed else None
    return selected.ask(
        """
        select
            file_key as key,
            coalesce(file_name, file_key) as file,
            coalesce(team_name, team_id) as team,
            case when is_loaded then 'Loaded in an older state' else 'Never loaded' end as state,
            coalesce(
                replace(skip_reason, '_', ' '),
                case when status is not null then $unlisted::varchar end,
                'Not requested yet'
            ) as reason,
            last_modified_at,
            loaded_modified_at,
            retry_at,
            file_url(file_key) as url
        from marts.file_freshness
        where is_expected and not is_current and is_selected(team_id, folder_id, $team, $folders)
            and matches(coalesce(file_name, file_key), $search)
        order by last_modified_at desc nulls last, lower(file), key
        """,
        unlisted=unlisted,
    )


@app.function
def last_runs(most: int = 10) -> pl.DataFrame:
    """One row per run, the latest first. A file of an older version does not say which runs were published."""
    published_at = "published_at" if published_file.has("runs.published_at", schema="figma") else "finished_at"
    return published_file.ask(
        f"""
        select
            run_id as key,
            started_at,
            strftime(started_at, '%H:%M') as clock,
            case
                when outcome = 'running' then 'cut off'
                when outcome in ('done', 'partial') and {published_at} is null then outcome || ', not published'
                else outcome
            end as outcome,
            date_diff('second', started_at, finished_at) as seconds,
            files_loaded as loaded,
            files_unchanged as unchanged,
            files_skipped as skipped,
            requests_tier_1 + requests_tier_2 + requests_tier_3 as requests
        from figma.runs
        order by started_at > now(), started_at desc nulls last
        limit $most
        """,  # noqa: S608  # one of our own columns
        most=most,
    )


@app.function
def nodes_by_team(selected: Selection, since: str | None) -> pl.DataFrame:
    """Nodes and files per team (`label`) and `week`, from the first week that is mostly scanned.

    If several teams have one name, their ids stand beside it.
    """
    return selected.ask(
        """
        with scanned as (
            select min(week_start) as first_week from marts.usage_history where is_mostly_scanned
        ),
        teams as (
            select
                team_id,
                case when count(*) over (partition by name) = 1 then name
                    else concat(name, ' (', team_id, ')') end as name
            from figma.teams
        )
        select
            coalesce(min(teams.name), growth.team_id, 'No team') as label,
            growth.week_start as week,
            sum(growth.nodes)::bigint as nodes,
            count(*) as files
        from marts.file_growth_weekly as growth
        inner join scanned on growth.week_start >= scanned.first_week
        left join teams on growth.team_id = teams.team_id
        where not growth.is_branch
            and is_since(growth.week_start, $since)
            and is_selected(growth.team_id, growth.folder_id, $team, $folders)
        group by growth.team_id, growth.week_start
        order by growth.week_start, label
        """,
        since=since,
    )


@app.function
def growth_title(growing: pl.DataFrame, span: Span) -> str:
    """Say how the nodes changed over the weeks of the chart."""
    weeks = growing.group_by("week").agg(pl.col("nodes").sum()).sort("week")
    if weeks.height < 2:
        return "Nodes by team"
    first, last = weeks["nodes"].item(0), weeks["nodes"].item(-1)
    return f"{abs(last - first):,} {'more' if last >= first else 'fewer'} nodes {span.since}"


@app.function
def nodes_chart(growing: pl.DataFrame) -> mo.Html | alt.Chart:
    """Draw a bar of nodes per week, divided by team."""
    if growing.is_empty():
        return page.notice("No file of this selection is loaded.")
    owned = team_colors()
    drawn, kept = charts.with_labels(
        growing.rename({"label": "team"}), "team", "nodes", other="Other teams", owned=owned
    )
    weekly = drawn.group_by("label", "week").agg(pl.col("nodes", "files").sum()).sort("week")
    drawing = (
        alt.Chart(charts.by_week(weekly))
        .mark_bar(width={"band": 0.8})
        .encode(
            x=alt.X("week:O", title="Week of", axis=charts.week_axis()),
            y=alt.Y("nodes:Q", title="Nodes", axis=charts.amount_axis(5)),
            color=charts.colors(kept, owned),
            tooltip=[
                alt.Tooltip("label:N", title="Team"),
                alt.Tooltip("day:N", title="Week of"),
                alt.Tooltip("nodes:Q", title="Nodes", format=","),
                alt.Tooltip("files:Q", title="Files"),
            ],
        )
    )
    finished: alt.Chart = charts.chart(drawing, 260, "Nodes by team and week")
    return finished


if __name__ == "__main__":
    app.run()
