# /// script
# [tool.marimo.display]
# theme = "system"
# ///
# ruff: noqa: ANN001, ANN202
# mypy: allow-untyped-defs, allow-incomplete-defs
"""How much of the work is made with the library, and by whom?"""

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="Adoption")

with app.setup:
    import altair as alt
    import marimo as mo
    import polars as pl

    from figma_warehouse.dashboard import (
        charts,
        filters,
        key_figures,
        page,
        published_file,
        selected_history,
        share_history,
        tables,
    )
    from figma_warehouse.dashboard.selection import Selection, Span, compared_span, first_day
    from figma_warehouse.dashboard.team_colors import team_colors

    LEVELS = {"Teams": "team", "Folders": "folder", "Files": "file"}
    MEASURES = {
        "Layers": "layer_share",
        "Instances": "instance_share",
        "Styles": "style_share",
        "Tokens": "token_share",
        "Variables": "variable_share",
    }
    AXES = {
        "layer_share": "Share from the library",
        "instance_share": "Share from the library",
        "style_share": "Share with a style or variable",
        "token_share": "Share of slots with a style or variable",
        "variable_share": "Share of slots with a variable",
    }
    # the names in the record of shares
    RECORDED = {
        "layer_share": "layers",
        "instance_share": "instances",
        "style_share": "styles",
        "token_share": "tokens",
        "variable_share": "variables",
    }
    SHARES = {**dict(zip(RECORDED.values(), MEASURES, strict=True)), "text_characters": "Characters"}
    # what is recorded of a library
    LIBRARY_SHARES = {
        "placements": "Placements",
        "style_references": "Style references",
        "files": "Files that use it",
    }
    STYLED = ("styles", "tokens", "variables")
    MAX_BARS = 20
    LISTED = {
        "name": "Name",
        "layer_share": "Layers",
        "visible_layers": "Visible layers",
        "instance_share": "Instances",
        "style_share": "Styles",
        "token_share": "Tokens",
        "variable_share": "Variables",
        "within": "Within",
        "certainty": "Certainty",
        "url": "Figma",
    }
    PERIODS = {
        "name": "Share",
        "before_share": "Earlier",
        "before_points": "Change to start",
        "start_share": "Start",
        "points": "Change to now",
        "last_share": "Now",
    }
    LIBRARIES = {
        "name": "Library",
        "share": "Share",
        "start_share": "Before",
        "last_share": "Now",
        "points": "Change",
        "counted_before": "Counted before",
        "counted": "Counted now",
        "url": "Figma",
    }
    MOVERS = {
        "name": "Name",
        "start_share": "Before",
        "last_share": "Now",
        "points": "Change",
        "counted_before": "Counted before",
        "counted": "Counted now",
        "url": "Figma",
    }
    SHARES_BY_LEVEL = """
        with files as (
            select
                adoption.*,
                coalesce(files.file_name, adoption.name, adoption.id) as file_name,
                files.team_id,
                files.team_name,
                files.folder_id,
                files.folder_path,
                case $level when 'file' then adoption.id when 'folder' then files.folder_id
                    else files.team_id end as level_id
            from marts.adoption
            left join marts.file_freshness as files on adoption.id = files.file_key
            where adoption.level = 'file' and is_selected(files.team_id, files.folder_id, $team, $folders)
        ),
        levels as (
            select
                coalesce(level_id, '') as key,
                case $level when 'file' then min(file_name)
                    when 'folder' then coalesce(min(folder_path), level_id, 'In no folder')
                    else coalesce(min(team_name), level_id, 'In no team') end as name,
                case when $level = 'file' then nullif(concat_ws(' / ', min(team_name), min(folder_path)), '')
                    when $level = 'folder' and count(distinct team_id) = 1 then min(team_name) end as within,
                sum(library_layers) / nullif(sum(visible_layers), 0)::double as layer_share,
                sum(library_placements)
                / nullif(sum(library_placements + local_placements), 0)::double as instance_share,
                sum(bound_text_slots + bound_fill_slots)
                / nullif(sum(text_slots + fill_slots), 0)::double as style_share,
                sum(variable_slots + style_slots) / nullif(sum(all_slots), 0)::double as token_share,
                sum(variable_slots) / nullif(sum(all_slots), 0)::double as variable_share,
                sum(visible_layers)::bigint as visible_layers,
                sum(library_layers)::bigint as library_layers,
                certainty(bool_and(is_conclusive) filter (where files_expected > 0)) as certainty,
                first(sample_url order by coalesce(files.visible_layers - files.library_layers, -1) desc, id) as url
            from files
            group by level_id
        )
        select * from levels
        where matches(concat_ws(' ', name, within), $search)
        order by visible_layers desc nulls last, lower(name), key
    """


@app.cell
def _():
    parameters = mo.query_params()
    fresh = published_file.freshness()
    return fresh, parameters


@app.cell
def _(fresh, parameters):
    page.masthead("adoption", fresh, parameters.to_dict())
    return


@app.cell
def _(fresh):
    mo.stop(fresh is None)
    mo.stop(not published_file.has("adoption.all_slots"), page.missing("Adoption"))
    level = filters.choice("level", LEVELS, "Show")
    measure = filters.choice("measure", MEASURES, "Measure")
    team = filters.team()
    search = filters.search("Team, folder or file")
    period = filters.period()
    return level, measure, period, search, team


@app.cell
def _(level, measure, period, search, team):
    folder = filters.folder(team.value)
    filters.bar(search, level, measure, team, folder, period)
    return (folder,)


@app.cell
def _(folder, search, team):
    selected = Selection(team.value, folder.value, search=search.value)
    return (selected,)


@app.cell
def _(selected):
    whole, of_slots = key_figures.adoption(selected), key_figures.tokens(selected)
    page.figures(
        page.Figure(
            tables.share(whole["layer_share"]),
            "Layers from the library",
            f"{whole['library_layers']:,} of {page.counted(whole['visible_layers'], 'visible layer')}",
        ),
        page.Figure(
            tables.share(whole["instance_share"]),
            "Instances from the library",
            page.counted(whole["library_placements"], "library placement")
            + f"; {page.counted(whole['local_placements'], 'local placement')}",
        ),
        page.Figure(
            tables.share(whole["style_share"]),
            "Fills and texts with a style",
            f"{whole['bound']:,} of {whole['slots']:,} have a published style or a variable",
        ),
        page.Figure(
            tables.share(of_slots["token_share"]),
            "Slots with a token",
            f"{of_slots['bound']:,} of {of_slots['slots']:,} outside library instances; "
            f"{of_slots['variables']:,} have a variable",
        ),
    )
    return


@app.cell
def _(level, selected):
    shown = level_within(level.value, selected.folder)
    listed = adoption(selected, shown)
    return listed, shown


@app.cell
def _(listed, measure, shown):
    drawn = largest_shares(listed, measure.value)
    page.section(
        share_title(drawn, measure.value, shown, listed[measure.value].count()),
        "A layer comes from the library if it is an instance of a published component or lies inside one. An instance "
        "comes from the library if its component is published, and not if it is local. A fill or a text has a style if "
        "it has a published style or a variable. Tokens are the slots of all kinds outside library instances (corners, "
        "spacing, strokes, effects and opacities, too) that have either, and variables those that have a variable. "
        "A share is the sum over all files of a team or folder, and not the "
        "average of their shares. Layers, fills and texts on FigJam boards do not count.",
        share_chart(drawn, measure.value),
    )
    return


@app.cell
def _(level, listed, shown):
    page.section(
        "All files" if shown == "file" else f"All {shown}s",
        ("The table shows folders and not teams, because a folder is selected. " if shown != level.value else "")
        + "Each link opens the first visible layer outside the library, in the file that has most of them.",
        *tables.with_download(
            listed,
            LISTED,
            f"adoption_by_{shown}",
            empty="No file matches this selection.",
            keys={"name": "key"} if shown == "file" else None,
        ),
    )
    return


@app.cell
def _(measure, period, selected, shown):
    mo.stop(not published_file.has(share_history.NEEDED), page.missing("The shares of teams and libraries over time"))
    name, share = measure.selected_key, RECORDED[measure.value]
    compared = share_history.periods(period.value)
    by_week = share_history.by_week(selected, shown, share, compared)
    page.section(
        share_history.trend_title(name, by_week, compared),
        "Each build of the models records the shares of the week of the newest save. A past week shows what was "
        "counted in that week, also if a component was unpublished or a file was moved since. The search does not "
        "apply.",
        share_history.trend_chart(by_week, compared, AXES[measure.value], team_colors() if shown == "team" else None),
    )
    return compared, name, share


@app.cell
def _(compared, selected, shown):
    page.section(
        "Two periods side by side",
        periods_sentence(compared),
        *(
            tables.with_download(
                periods_table(share_history.side_by_side(selected, shown, compared)),
                PERIODS,
                "adoption_by_period",
                empty="No share is recorded for this selection.",
            )
            if compared.has_trend
            else [share_history.too_early(compared)]
        ),
    )
    return


@app.cell
def _(compared, name, selected, share, shown):
    levels = dict.fromkeys((shown, "file"))
    mo.vstack([movers_section(selected, level, name, share, compared) for level in levels])
    return


@app.cell
def _(compared, selected, share):
    of_libraries = share_history.by_week(Selection(), "library", library_share(share), compared)
    page.section(
        libraries_title(of_libraries, compared),
        "The share of each library among all placements of components, at the end of each recorded week; among all "
        "references to styles if styles, tokens or variables are measured. What is local or lost counts among all.",
        share_history.trend_chart(of_libraries, compared, f"Share of {words(library_share(share))}"),
        ignored=selected,
    )
    return


@app.cell
def _(compared, selected):
    mo.stop(not compared.has_trend)
    page.section(
        "The libraries that moved most",
        f"Every share of a library that has changed {compared.span.since}, the largest change first: of all "
        "placements, of all references to styles, and of the loaded files.",
        *tables.with_download(
            library_movers(compared), LIBRARIES, "movers_by_library", empty="The share of no library has changed."
        ),
        ignored=selected,
    )
    return


@app.cell
def _(period, selected):
    mo.stop(
        not published_file.has("usage_history.local_placements", "usage_history.is_mostly_scanned"),
        page.missing("Adoption over time"),
    )
    weekly = share_by_week(selected, first_day(period.value))
    page.section(
        weekly_title(weekly, compared_span(period.value)),
        "The share of published components among all placements of published and local components, at the end of each "
        "week, by what is published now. It goes back to the oldest loaded state of the files, and not only to the "
        "first recorded share. Weeks in which less than 95% of the files are loaded are left out.",
        weekly_chart(weekly),
    )
    return


@app.function
def share_by_week(selected: Selection, since: str | None) -> pl.DataFrame:
    """One row per `week`: placements from the library, of local components, and the library's `share` of both."""
    if selected.is_part:
        weekly = selected_history.placements(selected, since).drop("placements")
        both = pl.col("library") + pl.col("local")
        return weekly.with_columns(share=pl.when(both > 0).then(pl.col("library") / both))
    return published_file.ask(
        """
        select
            week_start as week,
            coalesce(sum(placements) filter (where is_published), 0)::bigint as library,
            sum(local_placements)::bigint as local,
            library / nullif(library + local, 0)::double as share
        from marts.usage_history
        where is_mostly_scanned and is_since(week_start, $since)
        group by week_start
        order by week_start
        """,
        since=since,
    )


@app.function
def weekly_title(weekly: pl.DataFrame, span: Span) -> str:
    """Say how the share changed."""
    known = weekly.drop_nulls("share")
    if known.height < 2:
        return "Adoption over time"
    first, last = known["share"].item(0), known["share"].item(-1)
    change = "unchanged at" if f"{first:.1%}" == f"{last:.1%}" else f"from {first:.1%} to"
    return f"Instances from the library: {change} {last:.1%} {span.since}"


@app.function
def weekly_chart(weekly: pl.DataFrame) -> mo.Html | alt.Chart:
    """Draw the share by week as a line."""
    if weekly.height < 2:
        return page.notice("The history begins with the first load: it has less than two weeks so far.")
    drawing = (
        alt.Chart(charts.by_week(weekly))
        .mark_line(point={"size": 40, "filled": True}, strokeWidth=2, color=charts.COLORS[0])
        .encode(
            x=alt.X("week:O", title="Week of", axis=charts.week_axis()),
            y=alt.Y(
                "share:Q",
                title="Share of placements",
                scale=alt.Scale(domain=share_history.share_range(weekly), nice=True),
                # as many decimals as the ticks need
                axis=alt.Axis(tickCount=5, format="~%"),
            ),
            tooltip=[
                alt.Tooltip("day:N", title="Week of"),
                alt.Tooltip("share:Q", title="Share", format=".1%"),
                alt.Tooltip("library:Q", title="From the library", format=","),
                alt.Tooltip("local:Q", title="Of local components", format=","),
            ],
        )
    )
    finished: alt.Chart = charts.chart(drawing, 220, "Share of placements from the library by week")
    return finished


@app.function
def periods_sentence(compared: share_history.Periods) -> str | None:
    """Say which weeks the columns of the two periods are of; None if there is nothing to compare."""
    if compared.start is None or compared.last is None or not compared.has_trend:
        return None
    words = (
        f"The period runs from the end of the week of {compared.start:%-d %B} to that of {compared.last:%-d %B}. "
        "The shares are those of all selected files, and changes are in percentage points. "
    )
    if compared.before is None:
        return f"{words}The record does not reach back to the period before."
    return f"{words}The period before began at the end of the week of {compared.before:%-d %B}: its shares are earlier."


@app.function
def periods_table(shares: pl.DataFrame) -> pl.DataFrame:
    """Return the shares that the page names, in its order."""
    named = shares.filter(pl.col("share_name").is_in(list(SHARES)))
    return named.with_columns(name=pl.col("share_name").replace_strict(SHARES)).sort(
        pl.col("share_name").replace_strict({share: place for place, share in enumerate(SHARES)})
    )


@app.function
def movers_section(selected: Selection, level: str, name: str, share: str, compared: share_history.Periods) -> mo.Html:
    """Show the items on a level whose share changed over the period, or say when there will be any."""
    if not compared.has_trend:
        return page.section(f"{name}: the {level}s that moved most", None, share_history.too_early(compared))
    moved = movers(selected, level, share, compared)
    return page.section(
        movers_title(moved, name, level, compared.span),
        f"Every {level} whose share has changed {compared.span.since}, the largest change first. A change is in "
        f"percentage points. A new {level} is left out, because it has no share before.",
        *tables.with_download(moved, MOVERS, f"movers_by_{level}", empty=f"The share of no {level} has changed."),
    )


@app.function
def movers(selected: Selection, level: str, share: str, compared: share_history.Periods) -> pl.DataFrame:
    """One row per item whose share changed over the period, the largest change first, with the counts of both weeks."""
    moved = share_history.movers(selected, level, share, compared)
    return moved.with_columns(
        counted=written("numerator", "denominator"),
        counted_before=written("numerator_before", "denominator_before"),
        url=pl.lit(None, pl.String)
        if level in ("team", "folder")
        else pl.format("https://www.figma.com/design/{}", "key"),
    )


@app.function
def library_share(share: str) -> str:
    """Return the recorded share of libraries that is nearest to a share of teams."""
    return "style_references" if share in STYLED else "placements"


@app.function
def words(share: str) -> str:
    """Name a recorded share within a sentence."""
    return LIBRARY_SHARES[share].lower()


@app.function
def library_movers(compared: share_history.Periods) -> pl.DataFrame:
    """One row per library and `share` of it that changed over the period, the largest change first."""
    moved = [
        movers(Selection(), "library", share, compared).with_columns(share=pl.lit(name))
        for share, name in LIBRARY_SHARES.items()
    ]
    return pl.concat(moved).sort(pl.col("points").abs(), "name", "share", descending=[True, False, False])


@app.function
def written(part: str, whole: str) -> pl.Expr:
    """Write two counts as "1,234 of 5,678"."""
    return pl.struct(part, whole).map_elements(
        lambda counts: f"{counts[part]:,} of {counts[whole]:,}", return_dtype=pl.String
    )


@app.function
def movers_title(moved: pl.DataFrame, name: str, level: str, span: Span) -> str:
    """Say which item moved most, and how far."""
    if moved.is_empty():
        return f"{name}: the {level}s that moved most"
    first = moved.row(0, named=True)
    change = f"from {first['start_share']:.1%} to {first['last_share']:.1%} {span.since}"
    return page.named(f"{name}: {{}} moved most of all {level}s, {change}", first["name"])


@app.function
def libraries_title(weekly: pl.DataFrame, compared: share_history.Periods) -> str:
    """Say how the share of the library with most placements changed."""
    largest = weekly.filter(pl.col("week") == compared.last).sort("numerator", descending=True).head(1)
    if not compared.has_trend or largest.is_empty():
        return "Libraries over time"
    its = weekly.filter(pl.col("key") == largest["key"].item())
    return page.named(share_history.trend_title("{}", its, compared), largest["name"].item())


@app.function
def adoption(selected: Selection, level: str) -> pl.DataFrame:
    """One row per team, folder or file with its shares, the one with most visible layers first.

    Shares are those of the selected files. Files without a team or folder share one row.
    """
    return selected.ask(
        SHARES_BY_LEVEL,
        level=level,
    )


@app.function
def level_within(level: str, folder: str | None) -> str:
    """Return the level to show: a selected folder is never shown as its whole team."""
    return "folder" if folder and level == "team" else level


@app.function
def largest_shares(listed: pl.DataFrame, measure: str, most: int = MAX_BARS) -> pl.DataFrame:
    """Return the largest rows that have a share, the highest share first."""
    return listed.drop_nulls(measure).head(most).sort(measure, "name", descending=[True, False])


@app.function
def share_title(drawn: pl.DataFrame, measure: str, level: str, of: int) -> str:
    """Say which of the drawn rows has the lowest and which the highest share; `of` is the number of all rows."""
    name = next(name for name, column in MEASURES.items() if column == measure)
    if drawn.is_empty():
        return f"{name}: share by {level}"
    high, low = drawn.row(0, named=True), drawn.row(-1, named=True)
    if drawn.height == 1:
        return page.named(f"{name}: {high[measure]:.0%} in {{}}", high["name"])
    largest = f", of the {drawn.height} largest {level}s" if drawn.height < of else ""
    return page.named(
        f"{name}: from {low[measure]:.0%} in {{}} to {high[measure]:.0%} in {{}}{largest}", low["name"], high["name"]
    )


@app.function
def share_chart(drawn: pl.DataFrame, measure: str) -> mo.Html | alt.Chart:
    """Draw the shares as bars."""
    if drawn.is_empty():
        return page.notice("Nothing in this selection has a share.")
    names = dict(drawn.select("key", "name").iter_rows())
    drawing = (
        alt.Chart(drawn.select("key", "name", "within", "visible_layers", measure))
        .mark_bar(cornerRadius=2, height={"band": 0.7}, color=charts.COLORS[0])
        .encode(
            x=alt.X(
                f"{measure}:Q",
                title=AXES[measure],
                scale=alt.Scale(domain=[0, 1]),
                axis=alt.Axis(tickCount=5, format="%"),
            ),
            y=alt.Y("key:N", sort=list(names), title=None, axis=charts.named_axis(names)),
            tooltip=[
                alt.Tooltip("name:N", title="Name"),
                alt.Tooltip("within:N", title="Within"),
                alt.Tooltip(f"{measure}:Q", title="Share", format=".1%"),
                alt.Tooltip("visible_layers:Q", title="Visible layers", format=","),
            ],
        )
    )
    finished: alt.Chart = charts.chart(drawing, 28 * drawn.height + 40, f"{AXES[measure]}, the largest")
    return finished


if __name__ == "__main__":
    app.run()
