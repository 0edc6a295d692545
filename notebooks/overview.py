# /// script
# [tool.marimo.display]
# theme = "system"
# ///
# ruff: noqa: ANN001, ANN202
# mypy: allow-untyped-defs, allow-incomplete-defs
"""What is in the warehouse, can it be trusted, and what needs attention?"""

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="Overview", css_file="parts/page.css")

with app.setup:
    import html
    from typing import Any

    import altair as alt
    import marimo as mo
    import polars as pl

    from notebooks.parts import charts, filters, page, published, tables
    from notebooks.parts.pages import PAGES
    from notebooks.parts.publication import address

    TEAMS = {
        "team": "Team",
        "files": "Files",
        "current": "Current",
        "nodes": "Nodes",
        "growth": "Change",
        "last_modified_at": "Last edited",
    }
    STALE = {
        "file": "File",
        "url": "Figma",
        "team": "Team",
        "state": "State",
        "reason": "Why",
        "last_modified_at": "Last edited",
        "loaded_modified_at": "Loaded as of",
        "retry_at": "Not before",
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
        "url": "Figma",
        "before": "Before",
        "library": "Library",
        "person": "By",
    }
    OLD_AFTER_DAYS = 2
    FAST_GROWTH = 0.25
    HEADLINES = """
    with files as (
        select file_key, is_current from marts.file_freshness
        where is_expected
            and ($team::varchar is null or team_id = $team) and ($folder::varchar is null or folder_id = $folder)
    ),
    sizes as (
        select sum(nodes) as nodes, sum(coalesce(nodes_4_weeks_before, nodes)) as nodes_before
        from marts.file_growth
        where is_latest and not is_branch and not is_removed and file_key in (select file_key from files)
    ),
    components as (
        select
            count(*) as published,
            count(*) filter (
                where created_at > (select max(finished_at) from figma.runs) - interval 28 day
            ) as new
        from marts.component_reach
        where is_published and (
            ($team::varchar is null and $folder::varchar is null)
            or library_file_key in (select file_key from files)
        )
    ),
    used as (
        select sum(placements) as placements, sum(usages) as usages
        from marts.component_usage
        where file_key in (select file_key from files)
    )
    select
        (select count(*) from files) as files,
        (select count(*) filter (where is_current) from files) as current,
        coalesce(sizes.nodes, 0)::bigint as nodes,
        (sizes.nodes - sizes.nodes_before) / nullif(sizes.nodes_before, 0)::double as growth,
        components.published,
        components.new,
        coalesce(used.placements, 0)::bigint as placements,
        coalesce(used.usages, 0)::bigint as usages
    from sizes, components, used
    """
    NEEDS_ATTENTION = """
    with runs as (
        select outcome, finished_at from figma.runs order by started_at desc limit 1
    ),
    stale as (
        select count(*) as files from marts.file_freshness where is_expected and not is_current
    ),
    unused as (
        select count(*) as components from marts.unused_components where days_published > 90
    ),
    dangling as (
        select count(*) as styles, sum("references")::bigint as nodes
        from marts.orphaned_styles where kind = 'dangling'
    ),
    growth as (
        select file_name, growth_4_weeks from marts.file_growth
        where is_latest and not is_branch and not is_removed and growth_4_weeks > $fast
        order by growth_4_weeks desc, file_key limit 1
    )
    select 'The last run failed.' as words, null as name, null as page
    from runs where outcome = 'failed'
    union all
    select 'The data is ' || date_diff('day', finished_at, now()) || ' days old.', null, null
    from runs where finished_at < now() - to_days($old::integer)
    union all
    select case files when 1 then '1 file is' else files || ' files are' end
        || ' not at the current version: listed below.', null, null
    from stale where files > 0
    union all
    select case components when 1 then '1 published component is' else components || ' published components are'
        end || ' used nowhere, for over 90 days.', null, 'unused_and_lost'
    from unused where components > 0
    union all
    select nodes || ' references to ' || case styles when 1 then '1 style that is'
        else styles || ' styles that are' end || ' gone.', null, 'orphaned_styles'
    from dangling where styles > 0
    union all
    select '{} grew by ' || round(100 * growth_4_weeks)::bigint || '% in four weeks.', file_name, 'file_growth'
    from growth
    """


@app.cell
def _():
    parameters = mo.query_params()
    fresh = published.freshness()
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
    counted = headline(team.value, folder.value)
    before = placements_before() if team.value is None and folder.value is None else None
    share = layer_share(team.value, folder.value)
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
def _(fresh):
    mo.stop(fresh is None)
    found = attention()
    page.section(
        "What needs attention" if found else "Nothing needs attention",
        None,
        attention_list(found) if found else page.nothing_found("Every file is current."),
    )
    return


@app.cell
def _(folder, period, team):
    mo.stop(
        not published.has("file_growth_weekly", "usage_history"), page.missing("Nodes by team", "The weekly growth")
    )
    growing = nodes_by_team(team.value, folder.value, published.since(period.value))
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
        tables.table(stale, STALE) if stale.height else page.nothing_found("Every file is at its current version."),
        *([tables.download(stale, STALE, "stale_files")] if stale.height else []),
    )
    return


@app.cell
def _(fresh):
    mo.stop(fresh is None)
    runs = last_runs()
    page.section("The last runs", None, tables.table(runs, RUNS), tables.download(runs, RUNS, "runs"))
    return


@app.cell
def _(fresh, period):
    mo.stop(fresh is None)
    mo.stop(not published.has("library_changes"), page.missing("Changes in the libraries", "The history of libraries"))
    changes = library_changes(published.since(period.value))
    page.section(
        "Changes in the libraries",
        "What was published, renamed, moved or unpublished in this period.",
        tables.table(changes, CHANGES) if changes.height else page.nothing_found("Nothing changed in this period."),
        *([tables.download(changes, CHANGES, "library_changes")] if changes.height else []),
    )
    return


@app.function
def library_changes(since: str | None, most: int = 1000) -> pl.DataFrame:
    """One row per change of something published, the latest first."""
    return published.ask(
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
def headline(team: str | None, folder: str | None) -> dict[str, Any]:
    """Files, nodes and their growth over four weeks, published components, placements and usages."""
    return published.ask(
        HEADLINES,
        team=team,
        folder=folder,
    ).row(0, named=True)


@app.function
def placements_before() -> int | None:
    """Return the placements of all components four weeks ago; None where not every file was known then."""
    if not published.has("usage_history"):
        return None
    found = published.ask("""
        select sum(placements)::bigint as placements
        from marts.usage_history
        where week_start = (select max(week_start) - 28 from marts.usage_history)
        having min(files_scanned) >= 0.95 * max(files_expected)
    """)["placements"]
    return found.item(0) if len(found) else None


@app.function
def placements_remark(counted: dict[str, Any], before: int | None) -> str:
    """Say how placements changed in four weeks; where that is not known, how many usages there are."""
    if not before:
        return f"{counted['usages']:,} usages in all"
    return f"{tables.change(counted['placements'] / before - 1)} in four weeks"


@app.function
def layer_share(team: str | None, folder: str | None) -> float | None:
    """Return the share of visible layers that come from the library; None where it is not known."""
    if not published.has("adoption"):
        return None
    found = published.ask(
        """
        select layer_share from marts.adoption
        where level = case when $folder::varchar is not null then 'folder' when $team::varchar is not null then 'team'
                else 'organisation' end
            and id = coalesce($folder, $team, 'organisation')
        """,
        team=team,
        folder=folder,
    )["layer_share"]
    return found.item(0) if len(found) else None


@app.function
def attention() -> list[dict[str, Any]]:
    """What a person should look at: `words`, a name from outside to be put into them, and the page that shows it."""
    return [
        {"words": words, "name": name, "page": where}
        for words, name, where in published.ask(
            NEEDS_ATTENTION,
            old=OLD_AFTER_DAYS,
            fast=FAST_GROWTH,
        ).iter_rows()
    ]


@app.function
def attention_list(found: list[dict[str, Any]]) -> mo.Html:
    """Show what needs attention, each with the page to go to."""
    titles = {listed.name: listed.title for listed in PAGES}
    lines = []
    for entry in found:
        words = page.named(html.escape(entry["words"]), *filter(None, [entry["name"]]))
        where = entry["page"]
        link = f'<a href="{address(where)}">{titles[where]}</a>' if where else ""
        lines.append(f"<li><span>{words}</span>{link}</li>")
    return mo.Html(f'<ul class="attention">{"".join(lines)}</ul>')


@app.function
def teams(team: str | None, folder: str | None) -> pl.DataFrame:
    """One row per team: its files, how many are current, nodes and their growth over four weeks."""
    return published.ask(
        """
        select
            files.team_id as key,
            coalesce(min(files.team_name), files.team_id, 'No team') as team,
            count(*) filter (where files.is_expected) as files,
            count(*) filter (where files.is_expected and files.is_current) as current,
            coalesce(sum(sizes.nodes), 0)::bigint as nodes,
            (sum(sizes.nodes) - sum(coalesce(sizes.nodes_4_weeks_before, sizes.nodes)))
            / nullif(sum(coalesce(sizes.nodes_4_weeks_before, sizes.nodes)), 0)::double as growth,
            max(files.last_modified_at) as last_modified_at
        from marts.file_freshness as files
        left join marts.file_growth as sizes
            on files.file_key = sizes.file_key and sizes.is_latest and not sizes.is_branch and not sizes.is_removed
        where not files.is_branch
            and ($team::varchar is null or files.team_id = $team)
            and ($folder::varchar is null or files.folder_id = $folder)
        group by files.team_id
        order by nodes desc, team
        """,
        team=team,
        folder=folder,
    )


@app.function
def stale_files(team: str | None, folder: str | None) -> pl.DataFrame:
    """One row per expected file that is not loaded at its current version, with the reason."""
    return published.ask(
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
            and ($team::varchar is null or team_id = $team) and ($folder::varchar is null or folder_id = $folder)
        order by last_modified_at desc nulls last, lower(file), key
        """,
        team=team,
        folder=folder,
    )


@app.function
def last_runs(most: int = 10) -> pl.DataFrame:
    """One row per run, the latest first."""
    return published.ask(
        """
        select
            run_id as key,
            started_at,
            strftime(started_at, '%H:%M') as clock,
            coalesce(outcome, 'cut off') as outcome,
            date_diff('second', started_at, finished_at) as seconds,
            files_loaded as loaded,
            files_unchanged as unchanged,
            files_skipped as skipped,
            requests_tier_1 + requests_tier_2 + requests_tier_3 as requests
        from figma.runs
        order by started_at desc nulls last
        limit $most
        """,
        most=most,
    )


@app.function
def nodes_by_team(team: str | None, folder: str | None, since: str | None) -> pl.DataFrame:
    """Nodes and files per team (`label`) and `week`, from the first week in which nearly all files are known."""
    return published.ask(
        """
        with known as (
            select coalesce(min(week_start), '9999-01-01'::date) as week from (
                select week_start from marts.usage_history
                group by week_start
                having min(files_scanned) >= 0.95 * max(files_expected)
            )
        )
        select
            coalesce(teams.name, growth.team_id, 'No team') as label,
            growth.week_start as week,
            sum(growth.nodes)::bigint as nodes,
            count(*) as files
        from marts.file_growth_weekly as growth
        inner join known on growth.week_start >= known.week
        left join figma.teams as teams on growth.team_id = teams.team_id
        where not growth.is_branch
            and ($since::date is null or growth.week_start >= $since::date)
            and ($team::varchar is null or growth.team_id = $team)
            and ($folder::varchar is null or growth.folder_id = $folder)
        group by label, growth.week_start
        order by growth.week_start, label
        """,
        team=team,
        folder=folder,
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
        alt.Chart(
            weekly.with_columns(pl.col("week").dt.strftime("%Y-%m-%d"), day=pl.col("week").dt.strftime("%-d %b %Y"))
        )
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
