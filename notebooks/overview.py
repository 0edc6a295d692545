# /// script
# [tool.marimo.display]
# theme = "system"
# ///
# ruff: noqa: ANN001, ANN202
# mypy: allow-untyped-defs, allow-incomplete-defs
"""What is in the warehouse, can it be trusted, and what needs attention?"""

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="Overview", css_file="parts/page.css", html_head_file="parts/address.html")

with app.setup:
    import html
    from datetime import date
    from typing import Any
    from urllib.parse import urlencode

    import altair as alt
    import marimo as mo
    import polars as pl

    from figma_warehouse.dashboard import charts, filters, page, published_file, summary, tables
    from figma_warehouse.dashboard.page_list import page_named
    from figma_warehouse.dashboard.page_mode import address

    TEAMS = {
        "team": "Team",
        "files": "Files",
        "current": "Current",
        "nodes": "Nodes",
        "growth": "Change",
        "last_modified_at": "Last edited",
    }
    TEAM_SIZES = """
    with files as (
        select
            team_id,
            min(team_name) as team_name,
            count(*) filter (where is_expected) as files,
            count(*) filter (where is_expected and is_current) as current,
            max(last_modified_at) as last_modified_at
        from marts.file_freshness
        where not is_branch
            and ($team::varchar is null or team_id = $team)
            and ($folders::varchar[] is null or list_contains($folders, folder_id))
        group by team_id
    ),
    sizes as (
        select
            team_id,
            sum(nodes) filter (where not is_removed) as nodes,
            sum(coalesce(nodes_4_weeks_before, case when is_removed then 0 else nodes end)) as nodes_before
        from marts.file_growth
        where is_latest and not is_branch
            and ($team::varchar is null or team_id = $team)
            and ($folders::varchar[] is null or list_contains($folders, folder_id))
        group by team_id
    )
    select
        files.team_id as key,
        coalesce(files.team_name, files.team_id, 'No team') as team,
        files.files,
        files.current,
        coalesce(sizes.nodes, 0)::bigint as nodes,
        (coalesce(sizes.nodes, 0) - sizes.nodes_before) / nullif(sizes.nodes_before, 0)::double as growth,
        files.last_modified_at
    from files
    left join sizes on files.team_id is not distinct from sizes.team_id
    order by nodes desc, team, key
    """
    STALE = {
        "file": "File",
        "state": "State",
        "reason": "Why",
        "last_modified_at": "Last edited",
        "loaded_modified_at": "Loaded as of",
        "retry_at": "Not before",
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
        "happened_at": "When",
        "event": "What",
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
    team = filters.team()
    period = filters.period()
    return period, team


@app.cell
def _(period, team):
    folder = filters.folder(team.value)
    filters.bar(team, folder, period)
    return (folder,)


@app.cell
def _(folder, team):
    counted = summary.headline(team.value, folder.value)
    before = placements_before() if team.value is None and folder.value is None else None
    share = summary.layer_share(team.value, folder.value)
    page.figures(
        page.Figure(f"{counted['files']:,}", "Files", f"{counted['current']:,} at their current version"),
        page.Figure(f"{counted['nodes']:,}", "Nodes", f"{tables.change(counted['growth'])} in four weeks"),
        page.Figure(
            f"{counted['published']:,}", "Published components", f"{counted['new']:,} of them new in four weeks"
        ),
        page.Figure(f"{counted['placements']:,}", "Placements", placements_remark(counted, before)),
        *(
            []
            if share is None
            else [page.Figure(tables.share(share), "Made with the library", "of all visible layers")]
        ),
    )
    return


@app.cell
def _(folder, parameters, team):
    found = summary.attention(team.value, folder.value)
    page.section(
        "What needs attention" if found else "Nothing in this data needs attention",
        None,
        attention_list(found, filters.shared(parameters.to_dict()))
        if found
        else page.nothing_found("Every file of this selection is current."),
    )
    return


@app.cell
def _(folder, period, team):
    mo.stop(
        not published_file.has("file_growth_weekly", "usage_history"),
        page.missing("Nodes by team", "The weekly growth"),
    )
    growing = nodes_by_team(team.value, folder.value, published_file.since(period.value))
    page.section(
        growth_title(growing),
        "Nodes of the files of each team; a size holds until the next state that was loaded. The weeks begin where "
        "nineteen in twenty files are known.",
        nodes_chart(growing),
    )
    return


@app.cell
def _(folder, team):
    by_team = teams(team.value, folder.value)
    page.section(
        "By team",
        "Current files are loaded at their current version; the change is that of nodes in four weeks.",
        tables.table(by_team, TEAMS),
        tables.download(by_team, TEAMS, "teams"),
    )
    return


@app.cell
def _(folder, team):
    stale = stale_files(team.value, folder.value)
    page.section(
        "Files that are not at their current version",
        "What they hold now is in no figure, or as it was when they were last loaded.",
        tables.table(stale, STALE)
        if stale.height
        else page.nothing_found("Every file of this selection is at its current version."),
        *([tables.download(stale, STALE, "stale_files")] if stale.height else []),
    )
    return


@app.cell
def _(folder, fresh, team):
    mo.stop(fresh is None)
    runs = last_runs()
    page.section(
        "The last runs",
        "A run loads what changed, of every team.",
        tables.table(runs, RUNS),
        tables.download(runs, RUNS, "runs"),
        past=(team, folder),
    )
    return


@app.cell
def _(folder, fresh, period, team):
    mo.stop(fresh is None)
    mo.stop(
        not published_file.has("library_changes"), page.missing("Changes in the libraries", "The history of libraries")
    )
    changes = library_changes(published_file.since(period.value))
    page.section(
        "Changes in the libraries",
        "What was published, renamed, moved or unpublished in this period.",
        tables.table(changes, CHANGES) if changes.height else page.nothing_found("Nothing changed in this period."),
        *([tables.download(changes, CHANGES, "library_changes")] if changes.height else []),
        past=(team, folder),
    )
    return


@app.function
def library_changes(since: str | None, most: int = 1000) -> pl.DataFrame:
    """One row per change of something published, the latest first."""
    return published_file.ask(
        """
        select
            item_key as key,
            happened_at,
            replace(kind, '_', ' ') as kind,
            event,
            item_name as item,
            case when event = 'renamed' then name_before when event = 'moved' then place_before end as before,
            coalesce(library_file_name, 'No longer listed') as library,
            user_handle as person,
            url
        from marts.library_changes
        where $since::date is null or happened_at >= $since::date
        order by happened_at desc nulls last, kind, lower(item_name), item_key
        limit $most
        """,
        since=since,
        most=most,
    )


@app.function
def placements_before() -> tuple[int, date] | None:
    """Placements of all components as the last week ended that was over 28 days before the last run, and its last day.

    None where not nearly every file was known then.
    """
    if not published_file.has("usage_history"):
        return None
    found = published_file.ask("""
        select sum(placements)::bigint as placements, week_start + 6 as day
        from marts.usage_history
        where week_start = (
            select max(week_start) from marts.usage_history
            where week_start + interval 7 day <= (
                select max(finished_at) from figma.runs where finished_at <= now()
            ) - interval 28 day
        )
        group by week_start
        having min(files_scanned) >= 0.95 * max(files_expected)
    """)
    return found.row(0) if found.height else None


@app.function
def placements_remark(counted: dict[str, Any], before: tuple[int, date] | None) -> str:
    """Say how placements changed since then; where that is not known, how many usages there are."""
    if before is None or not before[0]:
        return f"{page.counted(counted['usages'], 'usage')} in all"
    amount, day = before
    return f"{tables.change(counted['placements'] / amount - 1)} since {day:%-d %B}"


@app.function
def attention_list(found: list[summary.Line], parameters: str) -> mo.Html:
    """Show what needs attention, each with the page to go to; `parameters` go along there."""
    shown = "".join(f"<li><span>{line.html()}</span>{attention_link(line, parameters)}</li>" for line in found)
    return mo.Html(f'<ul class="attention">{shown}</ul>')


@app.function
def attention_link(line: summary.Line, parameters: str) -> str:
    """Return the link to the page that shows more, if there is one."""
    if line.page is None:
        return ""
    if line.file_key is not None:
        parameters += f"{'&' if parameters else '?'}{urlencode({'file_key': line.file_key})}"
    return f'<a href="{html.escape(address(line.page) + parameters)}">{page_named(line.page).title}</a>'


@app.function
def teams(team: str | None, folder: str | None) -> pl.DataFrame:
    """One row per team: its files, how many are current, nodes and their growth over four weeks."""
    return published_file.ask(TEAM_SIZES, team=team, folders=published_file.within(folder))


@app.function
def stale_files(team: str | None, folder: str | None) -> pl.DataFrame:
    """One row per expected file that is not loaded at its current version, with the reason."""
    return published_file.ask(
        """
        select
            file_key as key,
            coalesce(file_name, file_key) as file,
            coalesce(team_name, team_id) as team,
            case when is_loaded then 'Loaded in an older state' else 'Never loaded' end as state,
            coalesce(replace(skip_reason, '_', ' '), 'Not asked for yet') as reason,
            last_modified_at,
            loaded_modified_at,
            retry_at,
            'https://www.figma.com/design/' || file_key as url
        from marts.file_freshness
        where is_expected and not is_current
            and ($team::varchar is null or team_id = $team)
            and ($folders::varchar[] is null or list_contains($folders, folder_id))
        order by last_modified_at desc nulls last, lower(file), key
        """,
        team=team,
        folders=published_file.within(folder),
    )


@app.function
def last_runs(most: int = 10) -> pl.DataFrame:
    """One row per run, the latest first; a file of an older version does not tell which of them were published."""
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
        """,  # noqa: S608  # a name of ours
        most=most,
    )


@app.function
def nodes_by_team(team: str | None, folder: str | None, since: str | None) -> pl.DataFrame:
    """Nodes and files per team (`label`) and `week`, from the first week in which nearly all files are known.

    Teams of one name have their id beside it.
    """
    return published_file.ask(
        """
        with known as (
            select coalesce(min(week_start), '9999-01-01'::date) as week from (
                select week_start from marts.usage_history
                group by week_start
                having min(files_scanned) >= 0.95 * max(files_expected)
            )
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
        inner join known on growth.week_start >= known.week
        left join teams on growth.team_id = teams.team_id
        where not growth.is_branch
            and ($since::date is null or growth.week_start >= $since::date)
            and ($team::varchar is null or growth.team_id = $team)
            and ($folders::varchar[] is null or list_contains($folders, growth.folder_id))
        group by growth.team_id, growth.week_start
        order by growth.week_start, label
        """,
        team=team,
        folders=published_file.within(folder),
        since=since,
    )


@app.function
def growth_title(growing: pl.DataFrame) -> str:
    """Say what the chart shows."""
    weeks = growing.group_by("week").agg(pl.col("nodes").sum()).sort("week")
    if weeks.height < 2:
        return "Nodes by team"
    first, last = weeks["nodes"].item(0), weeks["nodes"].item(-1)
    more = "more" if last >= first else "fewer"
    return f"{abs(last - first):,} {more} nodes than in the week of {weeks['week'].item(0):%-d %B %Y}"


@app.function
def nodes_chart(growing: pl.DataFrame) -> mo.Html | alt.Chart:
    """Bars of nodes by week, each parted by team."""
    if growing.is_empty():
        return page.nothing_found("No file of this selection is loaded.")
    drawn, kept = charts.with_labels(growing.rename({"label": "team"}), "team", "nodes")
    weekly = drawn.group_by("label", "week").agg(pl.col("nodes", "files").sum()).sort("week")
    drawing = (
        alt.Chart(charts.by_week(weekly))
        .mark_bar(width={"band": 0.8})
        .encode(
            x=alt.X("week:O", title="Week of", axis=charts.week_axis()),
            y=alt.Y("nodes:Q", title="Nodes", axis=charts.amount_axis(5)),
            color=charts.colors(kept),
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
