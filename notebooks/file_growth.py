# /// script
# [tool.marimo.display]
# theme = "system"
# ///
# ruff: noqa: ANN001, ANN202
# mypy: allow-untyped-defs, allow-incomplete-defs
"""Which files grow, how fast, and how large are they?"""

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="File growth")

with app.setup:
    from datetime import datetime
    from typing import Any

    import altair as alt
    import marimo as mo
    import polars as pl

    from figma_warehouse.dashboard import charts, filters, key_figures, page, published_file, tables
    from figma_warehouse.dashboard.selection import Selection, Span, compared_span, first_day
    from figma_warehouse.dashboard.team_colors import team_colors

    FILES = {
        "file": "File",
        "nodes": "Nodes",
        "added": "Added",
        "growth": "Change",
        "pages": "Pages",
        "instances": "Instances",
        "megabytes": "Megabytes",
        "last_modified_at": "Edited",
        "team": "Team",
        "url": "Figma",
    }
    KINDS = {
        "instances": "Instances",
        "text_nodes": "Texts",
        "component_definitions": "Components",
        "other": "Other nodes",
    }
    ACTIVITY = {
        "file": "File",
        "saved": "Saves",
        "named": "Named",
        "sessions": "Sessions",
        "people": "Most people in a week",
        "state": "State",
        "last_saved_week": "Last saved in the week of",
        "team": "Team",
        "url": "Figma",
    }
    UNOPENED = {
        "file": "File",
        "last_modified_at": "Edited",
        "certainty": "Certainty",
        "team": "Team",
        "url": "Figma",
    }
    STATES = ["active", "slowing", "frozen", "dead"]
    MEASURES = {"Nodes": "nodes", "Instances": "instances", "Megabytes": "megabytes"}
    MAX_LINES = 5
    # width and height of the treemap
    FRAME = (1000.0, 340.0)
    FILE_ACTIVITY = """
        with latest as (
            select file_key, max(week_start) as week_start from marts.file_activity group by file_key
        ),
        saved as (
            select
                file_key,
                sum(saved_versions)::bigint as saved,
                sum(named_versions)::bigint as named,
                sum(sessions)::bigint as sessions,
                max(people) as people
            from marts.file_activity
            where is_since(week_start, $since)
            group by file_key
        )
        select
            activity.file_key as key,
            coalesce(activity.file_name, activity.file_key) as file,
            coalesce(teams.name, activity.team_id) as team,
            activity.state,
            activity.last_saved_week,
            coalesce(saved.saved, 0) as saved,
            coalesce(saved.named, 0) as named,
            coalesce(saved.sessions, 0) as sessions,
            coalesce(saved.people, 0) as people,
            file_url(activity.file_key) as url
        from marts.file_activity as activity
        inner join latest using (file_key, week_start)
        inner join marts.file_freshness as files using (file_key)
        left join saved using (file_key)
        left join figma.teams as teams on activity.team_id = teams.team_id
        where not activity.is_branch
            and is_selected(activity.team_id, activity.folder_id, $team, $folders)
            and matches(coalesce(activity.file_name, activity.file_key), $search)
        order by saved desc, lower(file), key
    """


@app.cell
def _():
    parameters = mo.query_params()
    fresh = published_file.freshness()
    return fresh, parameters


@app.cell
def _(fresh, parameters):
    page.masthead("file_growth", fresh, parameters.to_dict())
    return


@app.cell
def _(fresh):
    mo.stop(fresh is None)
    search = filters.search("Name of a file")
    team = filters.team()
    measure = filters.choice("draw", MEASURES, "Draw")
    period = filters.period()
    return measure, period, search, team


@app.cell
def _(measure, period, search, team):
    folder = filters.folder(team.value)
    filters.bar(search, team, folder, period, measure)
    return (folder,)


@app.cell
def _(folder, period, search, team):
    selected = Selection(team.value, folder.value, search=search.value)
    span = compared_span(period.value)
    files = files_now(selected, span)
    removed = removed_nodes(selected, span)
    return files, removed, selected, span


@app.cell
def _(files, removed, span):
    totals = growth_totals(files)
    page.figures(
        page.Figure(
            f"{totals['files']:,}", "Loaded files", f"{totals['megabytes']:,.1f} MB as JSON; branches left out"
        ),
        page.Figure(f"{totals['nodes']:,}", "Nodes", added_remark(totals["added"], removed, span)),
        page.Figure(
            f"{totals['grown']:,}", "Grown files", f"{totals['shrunk']:,} shrunk and {totals['new']:,} new {span.since}"
        ),
        page.Figure(tables.change(totals["fastest"]), "Fastest growth", totals["fastest_file"]),
    )
    return


@app.cell
def _(files):
    asked, not_here = filters.chosen_row("file_key", files, "file")
    get_key, choose_key = mo.state(asked)
    first = tables.position(files, get_key())
    return choose_key, first, get_key, not_here


@app.cell
def _(files, fresh, get_key, measure, period, span):
    drawn = drawn_files(files, get_key())
    history = file_history(drawn, first_day(period.value))
    page.section(
        history_title(files, span),
        "The fastest growing files"
        + tables.invitation(", and the one that you choose in the table below", "", files, "file")
        + ". Each point is a loaded state. A file keeps its size until the next state, or until the last run.",
        history_chart(history, measure.value, fresh.as_of),
    )
    return


@app.cell
def _(choose_key, files, first, not_here, span):
    def _choose(row):
        choose_key(row["key"])
        filters.remember("file_key", row["key"])

    page.section(
        "All files",
        f'"Added" and "Change" compare the nodes {span.since}. All nodes of a new file count as added, and its change '
        "is empty. Branches and removed files are left out."
        + tables.invitation(" Choose a file to draw it.", "", files, "file"),
        *not_here,
        tables.table(files, FILES, selected=first, choose=_choose, keys={"file": "key"}),
        tables.download(files, FILES, "file_growth"),
    )
    return


@app.cell
def _(files):
    page.section(
        largest_title(files),
        "A rectangle is a file. Its area shows the number of nodes, its colour the team. At most 200 files are drawn.",
        treemap_chart(files),
    )
    return


@app.cell
def _(files):
    page.section(
        "What the largest files consist of",
        "Instances come from components. Texts, component definitions and other nodes were drawn in the file.",
        composition_chart(files),
    )
    return


@app.cell
def _(period, selected):
    mo.stop(not published_file.has("file_activity"), page.missing("Activity"))
    active = file_activity(selected, first_day(period.value))
    page.section(
        activity_title(active),
        page.html(
            "By saved versions. <strong>Active</strong>: saved in the last four weeks, at least half as often as in "
            "the eight weeks before. <strong>Slowing</strong>: saved in the last twelve weeks, but less often. "
            "<strong>Frozen</strong>: saved in the last 52 weeks, but not in the last twelve. <strong>Dead</strong>: "
            "not saved in the last 52 weeks. The saves are those of the selected period."
        ),
        *tables.with_download(
            active, ACTIVITY, "file_activity", empty="No file of this selection was saved.", keys={"file": "key"}
        ),
    )
    return


@app.cell
def _(selected):
    mo.stop(not has_activity_log())
    unopened = unopened_files(selected)
    page.section(
        unopened_title(unopened),
        "Figma's activity log has nobody who opened the file, a prototype of it or a branch of it. The log covers the "
        "whole organisation, from its oldest event that is stored.",
        *tables.with_download(
            unopened, UNOPENED, "unopened_files", empty="Somebody opened each file.", keys={"file": "key"}
        ),
    )
    return


@app.function
def has_activity_log() -> bool:
    """Tell whether the activity log is loaded."""
    if not published_file.has("unopened_files", "file_views"):
        return False
    return bool(
        published_file.ask("select exists (from marts.unopened_files) or exists (from marts.file_views)").item()
    )


@app.function
def unopened_files(selected: Selection) -> pl.DataFrame:
    """One row per file that nobody opened in the time of the activity log, the file that was edited last first."""
    return selected.ask("""
        select
            file_key as key,
            coalesce(file_name, file_key) as file,
            last_modified_at,
            log_covered_from,
            certainty(is_conclusive) as certainty,
            coalesce(team_name, team_id) as team,
            file_url(file_key) as url
        from marts.unopened_files
        where is_selected(team_id, folder_id, $team, $folders)
            and matches(coalesce(file_name, file_key), $search)
        order by last_modified_at desc nulls last, lower(file), key
    """)


@app.function
def unopened_title(unopened: pl.DataFrame) -> str:
    """Say how many files nobody opened, and since when the log tells."""
    if unopened.is_empty():
        return "Somebody opened each file of this selection"
    since: datetime = min(unopened["log_covered_from"].to_list())
    return f"Nobody opened {page.counted(unopened.height, 'file')} since {since:%-d %B %Y}"


@app.function
def file_activity(selected: Selection, since: str | None) -> pl.DataFrame:
    """One row per main file with its state now and its saves since that day, the most saved first."""
    return selected.ask(
        FILE_ACTIVITY,
        since=since,
    )


@app.function
def activity_title(active: pl.DataFrame) -> str:
    """Say how many files are in each state."""
    counts = dict(active.group_by("state").len().iter_rows())
    parts = [f"{counts[state]:,} {state}" for state in STATES if state in counts]
    return f"Files: {', '.join(parts)}" if parts else "Activity"


@app.function
def largest_title(files: pl.DataFrame) -> str:
    """Say which file is largest, and its share of all nodes."""
    total = int(files["nodes"].sum())
    if not total:
        return "No file of this selection is loaded"
    first = files.sort("nodes", "file", descending=[True, False]).row(0, named=True)
    return page.named(f"{{}} is the largest file: {first['nodes'] / total:.0%} of all nodes", first["file"])


@app.function
def treemap(sizes: list[float], width: float, height: float) -> list[tuple[float, float, float, float]]:
    """Lay rectangles of these areas out in a frame, as square as possible: (left, top, right, bottom) of each.

    The sizes are positive, the largest first. Rows fill the frame along its shorter side: "Squarified Treemaps" by
    Bruls, Huizing and van Wijk.
    """
    scale = width * height / (sum(sizes) or 1)
    areas = [size * scale for size in sizes]
    boxes: list[tuple[float, float, float, float]] = []
    left = top = 0.0
    while len(boxes) < len(areas):
        across = min(width - left, height - top)
        row = treemap_row(areas[len(boxes) :], across)
        depth = sum(row) / across
        along = 0.0
        for area in row:
            end = along + area / depth
            is_column = width - left >= height - top
            box = (
                (left, top + along, left + depth, top + end)
                if is_column
                else (left + along, top, left + end, top + depth)
            )
            boxes.append(box)
            along = end
        left, top = (left + depth, top) if width - left >= height - top else (left, top + depth)
    return boxes


@app.function
def treemap_row(areas: list[float], across: float) -> list[float]:
    """Return the first areas that make the worst aspect ratio in a row best."""

    def worst(row: list[float]) -> float:
        total = sum(row)
        return max(across**2 * max(row) / total**2, total**2 / (across**2 * min(row)))

    taken = 1
    while taken < len(areas) and worst(areas[: taken + 1]) <= worst(areas[:taken]):
        taken += 1
    return areas[:taken]


@app.function
def treemap_boxes(files: pl.DataFrame, most: int) -> pl.DataFrame:
    """One row per drawn file: its corners and its middle in the frame, and its width as a share of the frame."""
    width, height = FRAME
    drawn = files.filter(pl.col("nodes") > 0).sort("nodes", "key", descending=[True, False]).head(most)
    boxes = treemap([float(nodes) for nodes in drawn["nodes"]], width, height)
    corners = pl.DataFrame(boxes, schema=dict.fromkeys(("left", "top", "right", "bottom"), pl.Float64), orient="row")
    return (
        drawn.select("file", "nodes", pl.col("team").fill_null("No team"))
        .hstack(corners)
        .with_columns(
            middle=(pl.col("left") + pl.col("right")) / 2,
            centre=(pl.col("top") + pl.col("bottom")) / 2,
            wide=(pl.col("right") - pl.col("left")) / width,
            high=pl.col("bottom") - pl.col("top"),
        )
    )


@app.function
def treemap_chart(files: pl.DataFrame, most: int = 200) -> mo.Html | alt.LayerChart:
    """Draw the largest files as rectangles, sized by nodes and coloured by team."""
    boxes = treemap_boxes(files, most)
    if boxes.is_empty():
        return page.notice("No file of this selection is loaded.")
    width, height = FRAME
    owned = team_colors()
    shown, labels = charts.with_labels(boxes, "team", "nodes", other="Other teams", owned=owned)
    across = alt.Scale(domain=[0, width], nice=False)
    down = alt.Scale(domain=[0, height], reverse=True, nice=False)
    tooltip = [
        alt.Tooltip("file:N", title="File"),
        alt.Tooltip("team:N", title="Team"),
        alt.Tooltip("nodes:Q", title="Nodes", format=","),
    ]
    base = alt.Chart(shown).encode(tooltip=tooltip)
    rectangles = base.mark_rect(stroke="#ffffff", strokeWidth=1).encode(
        x=alt.X("left:Q", scale=across, axis=None),
        x2="right:Q",
        y=alt.Y("top:Q", scale=down, axis=None),
        y2="bottom:Q",
        color=charts.colors(labels, owned),
    )
    names = base.transform_calculate(
        title="datum.high < 16 || datum.wide * width < 45 ? '' : truncate(datum.file, floor(datum.wide * width / 7))"
    )
    names = names.mark_text(fontSize=11, color="#000000", aria=False).encode(
        x=alt.X("middle:Q", scale=across, axis=None), y=alt.Y("centre:Q", scale=down, axis=None), text="title:N"
    )
    finished: alt.LayerChart = charts.chart(rectangles + names, int(height), "Files by nodes and team")
    return finished


@app.function
def composition_chart(files: pl.DataFrame, most: int = 15) -> mo.Html | alt.Chart:
    """Draw a bar per largest file, divided by kind of node."""
    drawn = files.sort("nodes", "key", descending=[True, False]).head(most)
    if drawn.is_empty():
        return page.notice("No file of this selection is loaded.")
    names = dict(drawn.select("key", "file").iter_rows())
    kinds = list(KINDS.values())
    parts = drawn.rename(KINDS).unpivot(
        kinds, index=["key", "file", "nodes"], variable_name="label", value_name="amount"
    )
    drawing = (
        alt.Chart(parts.with_columns(share=pl.col("amount") / pl.col("nodes")))
        .mark_bar(height={"band": 0.7})
        .encode(
            x=alt.X("amount:Q", title="Nodes", axis=charts.amount_axis()),
            y=alt.Y("key:N", sort=list(names), title=None, axis=charts.named_axis(names)),
            color=charts.colors(kinds),
            tooltip=[
                alt.Tooltip("file:N", title="File"),
                alt.Tooltip("label:N", title="Kind"),
                alt.Tooltip("amount:Q", title="Nodes", format=","),
                alt.Tooltip("share:Q", title="Share", format=".0%"),
            ],
        )
    )
    finished: alt.Chart = charts.chart(drawing, 26 * drawn.height + 30, "The largest files by kind of node")
    return finished


@app.function
def files_now(selected: Selection, span: Span) -> pl.DataFrame:
    """One row per main file that is not removed, in its newest loaded state, the fastest growing first."""
    return selected.ask(
        key_figures.SIZES
        + """
        select
            growth.file_key as key,
            coalesce(growth.file_name, growth.file_key) as file,
            coalesce(teams.name, growth.team_id) as team,
            growth.nodes,
            growth.nodes - sizes.nodes_before as added,
            (growth.nodes - sizes.nodes_before) / nullif(sizes.nodes_before, 0)::double as growth,
            growth.pages,
            growth.instances,
            growth.text_nodes,
            growth.component_definitions,
            growth.nodes - growth.instances - growth.text_nodes - growth.component_definitions as other,
            growth.bytes / 1e6 as megabytes,
            growth.last_modified_at,
            file_url(growth.file_key) as url
        from marts.file_growth as growth
        inner join sizes on growth.file_key = sizes.file_key
        left join figma.teams as teams on growth.team_id = teams.team_id
        where growth.is_latest and not growth.is_branch and not growth.is_removed
            and is_selected(growth.team_id, growth.folder_id, $team, $folders)
            and matches(coalesce(growth.file_name, growth.file_key), $search)
        order by growth desc nulls last, growth.nodes desc, lower(file), key
        """,
        week=span.week,
    )


@app.function
def removed_nodes(selected: Selection, span: Span) -> int:
    """Return the nodes that the main files which were removed in the span had before."""
    nodes = selected.ask(
        key_figures.SIZES  # noqa: S608  # our own text
        + """
        select coalesce(sum(nodes_before), 0)::bigint
        from sizes
        where is_removed
            and is_selected(team_id, folder_id, $team, $folders)
            and matches(coalesce(file_name, file_key), $search)
        """,  # our own text
        week=span.week,
    )
    return int(nodes.item())


@app.function
def added_remark(added: int, removed: int, span: Span) -> str:
    """Say how many nodes were added in the span, and how many were removed with their files."""
    gone = f", {removed:,} gone with removed files" if removed else ""
    return f"{added:+,} {span.since}{gone}"


@app.function
def growth_totals(files: pl.DataFrame) -> dict[str, Any]:
    """Files, nodes, megabytes, nodes added, files grown, shrunk and new, the fastest and its growth."""
    grown = files.filter(pl.col("growth") > 0)
    return {
        "files": files.height,
        "nodes": int(files["nodes"].sum()),
        "megabytes": float(files["megabytes"].sum()),
        "added": int(files["added"].sum()),
        "grown": grown.height,
        "shrunk": files.filter(pl.col("growth") < 0).height,
        "new": files.filter(pl.col("growth").is_null() & (pl.col("added") == pl.col("nodes"))).height,
        "fastest": grown["growth"].item(0) if grown.height else None,
        "fastest_file": grown["file"].item(0) if grown.height else "No file of this selection has grown",
    }


@app.function
def drawn_files(files: pl.DataFrame, chosen: str | None) -> list[str]:
    """Return the keys of the files to draw: the fastest growing, with the chosen one in place of the last of them."""
    fastest = files["key"].head(MAX_LINES).to_list()
    if chosen is None or chosen in fastest or chosen not in files["key"]:
        return fastest
    return [*fastest[: MAX_LINES - 1], chosen]


@app.function
def history_title(files: pl.DataFrame, span: Span) -> str:
    """Say which file has grown most."""
    grown = files.filter(pl.col("growth") > 0)
    if grown.is_empty():
        return f"No file of this selection has grown {span.since}"
    first = grown.row(0, named=True)
    return page.named(f"{{}} grew by {first['growth']:.0%} {span.since}", first["file"])


@app.function
def file_history(keys: list[str], since: str | None) -> pl.DataFrame:
    """One row per loaded state of the files, the oldest first.

    `label` is the name of the file, with its key if several files have that name.
    """
    states = published_file.ask(
        """
        select
            file_key as key,
            coalesce(file_name, file_key) as file,
            last_modified_at as at,
            nodes,
            instances,
            bytes / 1e6 as megabytes
        from marts.file_growth
        where list_contains($keys, file_key) and is_since(last_modified_at, $since)
        order by last_modified_at, file_key, version
        """,
        keys=keys,
        since=since,
    )
    shared = pl.col("key").n_unique().over("file") > 1
    label = pl.when(shared).then(pl.format("{} ({})", "file", "key")).otherwise("file")
    return states.with_columns(label.alias("label"))


@app.function
def held_until(history: pl.DataFrame, end: datetime | None) -> pl.DataFrame:
    """Repeat the last state of each file at the `end`, if that is later."""
    if end is None:
        return history
    last = history.group_by("key", maintain_order=True).last().filter(pl.col("at") < end)
    held = last.with_columns(pl.lit(end).cast(history.schema["at"]).alias("at"))
    return pl.concat([history, held.select(history.columns)])


@app.function
def history_chart(history: pl.DataFrame, measure: str, end: datetime | None) -> mo.Html | alt.LayerChart:
    """Draw a stepped line per file up to the `end`: a file keeps its size until the next loaded state."""
    if history.is_empty():
        return page.notice("No file is chosen.")
    lines = alt.Chart(held_until(history, end)).mark_line(interpolate="step-after", strokeWidth=2)
    points = alt.Chart(history).mark_point(size=45, filled=True, opacity=1)
    placed = {
        "x": alt.X("at:T", title=None, axis=charts.time_axis()),
        "y": alt.Y(f"{measure}:Q", title=measure.capitalize(), axis=alt.Axis(tickCount=6)),
        "color": alt.Color("label:N", scale=alt.Scale(range=charts.COLORS)),
    }
    tooltip = [
        alt.Tooltip("file:N", title="File"),
        alt.Tooltip("at:T", title="Edited", format="%-d %b %Y"),
        alt.Tooltip("nodes:Q", title="Nodes", format=","),
        alt.Tooltip("instances:Q", title="Instances", format=","),
        alt.Tooltip("megabytes:Q", title="Megabytes", format=",.2f"),
    ]
    drawing = lines.encode(**placed, tooltip=alt.Tooltip("file:N", title="File")) + points.encode(
        **placed, tooltip=tooltip
    )
    drawn: alt.LayerChart = charts.chart(drawing, 340, f"{measure.capitalize()} of files over time")
    return drawn


if __name__ == "__main__":
    app.run()
