# /// script
# [tool.marimo.display]
# theme = "system"
# ///
# ruff: noqa: ANN001, ANN202
# mypy: allow-untyped-defs, allow-incomplete-defs
"""Which components are used, where, and by whom?"""

import marimo

__generated_with = "0.25.2"
app = marimo.App(
    width="medium", app_title="Component usage", css_file="parts/page.css", html_head_file="parts/address.html"
)

with app.setup:
    from datetime import datetime
    from typing import Any

    import altair as alt
    import marimo as mo
    import polars as pl

    from figma_warehouse.dashboard import charts, filters, page, previews, published_file, tables

    RANKED = {
        "asset": "Picture",
        "component": "Component",
        "placements": "Placements",
        "usages": "Usages",
        "files": "Files using it",
        "teams": "Teams",
        "library": "Library",
        "url": "Figma",
    }
    USED = {
        "file": "File",
        "placements": "Placements",
        "usages": "Usages",
        "hidden": "Hidden",
        "last_seen_at": "Last seen",
        "note": "Note",
        "team": "Team",
        "url": "Figma",
    }
    VARIANTS = {
        "property": "Property",
        "value": "Value",
        "placements": "Placements",
        "usages": "Usages",
        "files": "Files using it",
        "state": "State",
        "url": "Figma",
    }
    DEPENDANTS = {
        "component": "Component",
        "depth": "Steps away",
        "placements": "Placements",
        "files": "Files using it",
        "file": "Defined in",
        "published": "Published",
        "url": "Figma",
    }
    DETACHED = {
        "layer": "Layer",
        "url": "Figma",
        "file": "File",
        "team": "Team",
        "detached_by_at": "Detached by",
        "confidence": "Confidence",
        "frame": "Its frame",
    }
    SWAPPED = {
        "component_before": "From",
        "component_after": "To",
        "swaps": "Times",
        "files": "Files",
        "swapped_by_at": "Last by",
        "url": "Figma",
    }
    SET_VARIANTS = {
        "asset": "Picture",
        "variant": "Variant",
        "placements": "Placements",
        "usages": "Usages",
        "files": "Files using it",
        "state": "State",
        "url": "Figma",
    }
    RECONCILED = {
        "component": "Component",
        "figma_usages": "Figma counts",
        "usages": "Usages",
        "difference": "Difference",
        "branch_usages": "On branches",
        "hidden": "Hidden",
        "library": "Library",
        "url": "Figma",
        "branch_url": "A branch",
    }
    NEVER_USED = ("Never used", "Perhaps never used")
    # one row per component and selected file that has it; one without a file per component that none has, if published
    SELECTED_USAGE = """
        with usage as (
            select
                case when $each_variant or reach.component_set_key is null
                    then reach.component_key else reach.component_set_key end as key,
                case
                    when reach.component_set_key is null then coalesce(reach.component_name, reach.component_key)
                    when $each_variant then concat_ws(' · ', reach.component_set_name, reach.component_name)
                    else coalesce(reach.component_set_name, reach.component_name, reach.component_set_key)
                end as component,
                case when reach.library_file_key is null then 'Not published'
                    else coalesce(libraries.file_name, 'No longer listed') end as library,
                reach.is_published,
                usage.file_key,
                usage.file_name as file,
                usage.team_id,
                coalesce(teams.name, usage.team_id) as team,
                coalesce(usage.placements, 0) as placements,
                coalesce(usage.usages, 0) as usages,
                coalesce(usage.hidden, 0) as hidden,
                coalesce(usage.is_at_home, false) as is_at_home,
                coalesce(usage.usages > 0 and not usage.is_at_home, false) as is_counted_file,
                usage.last_seen_at,
                usage.sample_url as url
            from marts.component_reach as reach
            left join marts.component_usage as usage
                on reach.component_key = usage.component_key
                and ($team::varchar is null or usage.team_id = $team)
                and ($folders::varchar[] is null or list_contains($folders, usage.folder_id))
            left join marts.file_freshness as libraries on reach.library_file_key = libraries.file_key
            left join figma.teams as teams on usage.team_id = teams.team_id
            where (($team::varchar is null and $folders::varchar[] is null) or usage.file_key is not null
                    or reach.is_published)
                and ($library::varchar is null or reach.library_file_key = $library)
                and contains(lower(concat_ws(' ', reach.component_set_name, reach.component_name)), lower($search))
        )
    """


@app.cell
def _():
    parameters = mo.query_params()
    fresh = published_file.freshness()
    return fresh, parameters


@app.cell
def _(fresh, parameters):
    page.masthead("component_usage", fresh, parameters.to_dict())
    return


@app.cell
def _(fresh):
    mo.stop(fresh is None)
    search = filters.search("Component or set")
    library = filters.library()
    team = filters.team()
    measure = filters.choice("rank", {"Placements": "placements", "Usages": "usages"}, "Rank by")
    variants = filters.switch("variants", "Each variant on its own")
    period = filters.period()
    return library, measure, period, search, team, variants


@app.cell
def _(library, measure, period, search, team, variants):
    folder = filters.folder(team.value)
    filters.bar(search, library, team, folder, period, measure, variants)
    return (folder,)


@app.cell
def _(folder, library, search, team, variants):
    selected = selection(team.value, folder.value, library.value, search.value, variants.value)
    return (selected,)


@app.cell
def _(measure, selected):
    ranking = component_ranking(selected, measure.value)
    page.figures(*usage_figures(selected, ranking))
    return (ranking,)


@app.cell
def _(folder, fresh, library, measure, ranking, search, selected, team):
    is_whole = filters.is_whole(fresh, search, library, team, folder)
    page.section(ranking_title(ranking, measure.value, is_whole), None, usage_chart(selected, ranking, measure.value))
    return


@app.cell
def _(ranking):
    asked, not_here = filters.chosen_row("component", ranking)
    get_key, choose_key = mo.state(asked)
    first = tables.position(ranking, get_key())
    return choose_key, first, get_key, not_here


@app.cell
def _(choose_key, first, not_here, ranking, variants):
    def _choose(row):
        choose_key(row["key"])
        filters.remember("component", row["key"])

    pictured = previews.of_components(ranking, variants.value)
    page.section(
        "All components",
        "A placement is an instance that a designer put on a page, visible, outside the library. A usage also counts "
        "what came along inside other components or is hidden. Files using it have a usage, and are not the library "
        "that publishes it. "
        + tables.invitation(
            "Choose a component to see more of it below.", "Shown below: {}, the most placed.", ranking, "component"
        ),
        *not_here,
        tables.table(pictured, RANKED, {"asset": previews.show}, selected=first, choose=_choose),
        tables.download(
            pictured, {name: shown for name, shown in RANKED.items() if name != "asset"}, "component_usage"
        ),
    )
    return


@app.cell
def _(get_key, ranking, selected):
    mo.stop(ranking.is_empty())
    chosen = ranking.row(tables.position(ranking, get_key()), named=True)
    used = files_using(selected, chosen["key"])
    page.section(
        page.named("Where {} is used", chosen["component"]),
        used_in_files(chosen),
        tables.table(used, USED) if used.height else page.nothing_found("No file of this selection uses it."),
        *([tables.download(used, USED, "files_using_component")] if used.height else []),
    )
    return (chosen,)


@app.cell
def _(chosen, folder, period, team):
    mo.stop(not published_file.has("usage_history"), page.missing("Usage over time", "The history of usage"))
    trend = usage_trend(chosen["key"], published_file.since(period.value))
    page.section(
        page.named(trend_title(trend), chosen["component"]),
        "Usages and placements in all files at the end of each week, each file with its last known state. The weeks "
        "begin where nineteen in twenty files are known.",
        trend_chart(trend),
        past=(team, folder),
    )
    return (trend,)


@app.cell
def _(trend):
    moved = trend.select("insertions", "removals", "swaps_in", "swaps_out", "detachments").sum().row(0, named=True)
    page.figures(
        page.Figure(f"{moved['insertions']:,}", "Inserted", "in this period, between loads"),
        page.Figure(f"{moved['removals']:,}", "Removed", "instances that are gone"),
        page.Figure(f"{moved['swaps_in']:,}", "Swapped in", f"and {moved['swaps_out']:,} swapped for another"),
        page.Figure(f"{moved['detachments']:,}", "Detached", "inferred from frames in their place"),
    )
    return


@app.cell
def _(chosen, folder, period, team):
    mo.stop(not published_file.has("detachments"), page.missing("Detached here", "Where instances were detached"))
    detached = detachments(chosen["key"], published_file.since(period.value))
    page.section(
        "Detached here",
        "Instances that a frame of the same place, name and near-equal box has replaced between two loads, in all "
        "files; a confidence of 1 says that the frame has the instance's id.",
        tables.table(detached, DETACHED)
        if detached.height
        else page.nothing_found("No detachment of it is known in this period."),
        *([tables.download(detached, DETACHED, "detachments")] if detached.height else []),
        past=(team, folder),
    )
    return


@app.cell
def _(chosen, folder, period, team):
    mo.stop(not published_file.has("component_swaps"), page.missing("Swapped here", "Which components were swapped"))
    swapped = component_swaps(chosen["key"], published_file.since(period.value))
    page.section(
        "Swapped here",
        "Instances that are of another component, or of another variant, than at the load before, in all files. Each "
        "link opens one of them, the latest that is still there.",
        tables.table(swapped, SWAPPED)
        if swapped.height
        else page.nothing_found("No swap of it is known in this period."),
        *([tables.download(swapped, SWAPPED, "swaps")] if swapped.height else []),
        past=(team, folder),
    )
    return


@app.cell
def _(chosen, folder, team):
    its_variants = previews.of_components(set_variants(chosen["key"]), each_variant=True)
    page.section(
        set_title(its_variants),
        "Every variant of the set that is published or has an instance, in all files, the most placed first.",
        tables.table(its_variants, SET_VARIANTS, {"asset": previews.show})
        if its_variants.height
        else page.nothing_found("It is no component set."),
        *([tables.download(its_variants, SET_VARIANTS, "variants")] if its_variants.height else []),
        past=(team, folder),
    )
    return (its_variants,)


@app.cell
def _(chosen, folder, its_variants, team):
    mo.stop(its_variants.is_empty())
    mo.stop(not published_file.has("variant_usage"), page.missing("Properties", "The usage of variants"))
    values = variant_usage(chosen["key"])
    page.section(
        variants_title(values),
        "Properties and values that the set declares or an instance has. A value without a use outside the library may "
        "go where nothing is missing.",
        tables.table(values, VARIANTS) if values.height else page.nothing_found("Its properties are not known."),
        *([tables.download(values, VARIANTS, "variant_values")] if values.height else []),
        past=(team, folder),
    )
    return


@app.cell
def _(chosen, folder, team):
    mo.stop(
        not published_file.has("component_dependencies"),
        page.missing("What deleting it would touch", "How components depend on each other"),
    )
    dependants = component_dependants(chosen["key"])
    touched = impact(chosen["key"])
    page.section(
        page.named(
            f"Deleting {{}} would touch {page.counted(touched['placements'], 'placement')}", chosen["component"]
        ),
        "Placements of it and of every component whose definition holds an instance of it, however many steps away.",
        page.figures(
            page.Figure(f"{touched['dependants']:,}", "Dependants", "components composed of it"),
            page.Figure(f"{touched['files']:,}", "Files", "with a usage of it or of a dependant, away from home"),
            page.Figure(f"{touched['folders']:,}", "Folders"),
            page.Figure(f"{touched['teams']:,}", "Teams"),
        ),
        tables.table(dependants, DEPENDANTS)
        if dependants.height
        else page.nothing_found("No component is composed of it."),
        *([tables.download(dependants, DEPENDANTS, "dependants")] if dependants.height else []),
        past=(team, folder),
    )
    return


@app.cell
def _(folder, fresh, library, search, team):
    mo.stop(fresh is None or not published_file.has("reconciliation"))
    reconciled = reconciliation(library.value, search.value)
    mo.stop(reconciled.is_empty())
    page.section(
        "Beside Figma's own count",
        reconciliation_words(reconciled),
        tables.table(reconciled, RECONCILED, {"branch_url": tables.link}),
        tables.download(reconciled, RECONCILED, "reconciliation"),
        past=(team, folder),
    )
    return


@app.function
def reconciliation(library: str | None, search: str) -> pl.DataFrame:
    """One row per component that Figma's library analytics count, the largest difference from our usages first."""
    return published_file.ask(
        """
        select
            component_key as key,
            coalesce(nullif(concat_ws(' · ', component_set_name, component_name), ''), component_key) as component,
            figma_usages,
            usages,
            difference,
            branch_usages,
            hidden,
            coalesce(library_file_name, 'No longer listed') as library,
            unscanned_files,
            fetched_at,
            sample_url as url,
            branch_sample_url as branch_url
        from marts.reconciliation
        where ($library::varchar is null or library_file_key = $library)
            and contains(lower(concat_ws(' ', component_set_name, component_name)), lower($search))
        order by abs(difference) desc, figma_usages desc, lower(component), key, library_file_key
        """,
        library=library,
        search=search.strip(),
    )


@app.function
def reconciliation_words(reconciled: pl.DataFrame) -> str:
    """Say by how much the counts differ in all, when Figma's was read, and where the difference may lie."""
    figma, ours, branches = (int(reconciled[name].sum()) for name in ("figma_usages", "usages", "branch_usages"))
    read_at: datetime = min(reconciled["fetched_at"].to_list())
    unscanned = reconciled["unscanned_files"].item(0)
    unseen = f"drafts, teams that are not loaded and {page.counted(unscanned, 'file')} not scanned"
    where = unseen if unscanned else "drafts and teams that are not loaded"
    return (
        f"Figma counts {page.counted(figma, 'usage')} of these components within the organisation, as read on "
        f"{read_at:%-d %B %Y}; {ours:,} are found here, and {branches:,} more on branches. What lies in {where} "
        "is in Figma's count alone, which is of 00:00 UTC and does not say where."
    )


@app.function
def set_variants(key: str) -> pl.DataFrame:
    """One row per variant of a set, the most placed first; none where `key` is no set's."""
    return published_file.ask(
        """
        select
            component_key as key,
            coalesce(component_name, component_key) as variant,
            coalesce(placements, 0) as placements,
            coalesce(usages, 0) as usages,
            coalesce(files_using, 0) as files,
            case when files_using > 0 then 'In use'
                when (select coalesce(bool_and(is_conclusive), false) from marts.unused_components)
                then 'Never used' else 'Perhaps never used' end as state,
            sample_url as url
        from marts.component_reach
        where component_set_key = $key
        order by placements desc, usages desc, lower(variant), key
        """,
        key=key,
    )


@app.function
def set_title(variants: pl.DataFrame) -> str:
    """Say how many variants nobody uses."""
    if variants.is_empty():
        return "Variants"
    return never_used(variants, "variant", f"its {page.counted(variants.height, 'variant')}")


@app.function
def variant_usage(key: str) -> pl.DataFrame:
    """One row per property and value of a set, the least used values of each property last."""
    return published_file.ask(
        """
        select
            property || coalesce(value, '') as key,
            property_name as property,
            coalesce(value_name, 'Any other text') as value,
            placements,
            usages,
            files_using as files,
            case when is_unused and is_conclusive then 'Never used' when is_unused then 'Perhaps never used'
                when not is_declared then 'Not declared' else 'In use' end as state,
            sample_url as url
        from marts.variant_usage
        where component_set_key = $key
        order by property_type <> 'VARIANT', lower(property_name), placements desc, usages desc, lower(value), key
        """,
        key=key,
    )


@app.function
def variants_title(values: pl.DataFrame) -> str:
    """Say how many values nobody uses."""
    if values.is_empty():
        return "Variants"
    return never_used(
        values, "value of its properties", f"the {page.counted(values.height, 'value')} of its properties"
    )


@app.function
def never_used(listed: pl.DataFrame, thing: str, things: str) -> str:
    """Say how many of the listed things have the state that nobody uses them."""
    unused = listed.filter(pl.col("state").is_in(NEVER_USED))
    if unused.is_empty():
        return f"Every {thing} is used"
    never = "never" if (unused["state"] == NEVER_USED[0]).all() else "perhaps never"
    return f"{unused.height:,} of {things} {'is' if unused.height == 1 else 'are'} {never} used"


@app.function
def component_dependants(key: str) -> pl.DataFrame:
    """One row per component that depends on a component or on a variant of a set, with the fewest steps between."""
    return published_file.ask(
        """
        with recursive steps as (
            select component_key, 0 as depth
            from marts.component_reach
            where component_key = $key or component_set_key = $key
            union
            select dependencies.component_key, steps.depth + 1
            from marts.component_dependencies as dependencies
            inner join steps on dependencies.needed_key = steps.component_key
            where dependencies.is_direct and steps.depth < 30
        ),
        nearest as (
            select component_key, min(depth) as depth from steps group by component_key having min(depth) > 0
        )
        select
            nearest.component_key as key,
            concat_ws(' · ', min(dependencies.component_set_name), min(dependencies.component_name)) as component,
            min(dependencies.file_name) as file,
            case when bool_or(dependencies.is_published) then 'Yes' else 'No' end as published,
            min(nearest.depth) as depth,
            coalesce(min(reach.placements), 0) as placements,
            coalesce(min(reach.files_using), 0) as files,
            min(dependencies.sample_url) as url
        from nearest
        inner join marts.component_dependencies as dependencies on nearest.component_key = dependencies.component_key
        left join marts.component_reach as reach on nearest.component_key = reach.component_key
        group by nearest.component_key
        order by depth, placements desc, lower(component), key
        """,
        key=key,
    )


@app.function
def impact(key: str) -> dict[str, int]:
    """Dependants, and the placements, files, folders and teams that deleting a component, or a whole set, touches."""
    known = component_impact(key) if published_file.has("component_impact") else []
    return known[0] if known else set_impact(key)


@app.function
def component_impact(key: str) -> list[dict[str, int]]:
    """Return what deleting one component touches; empty for a set."""
    return published_file.ask(
        """
        select
            dependants,
            placements_touched as placements,
            files_touched as files,
            folders_touched as folders,
            teams_touched as teams
        from marts.component_impact
        where component_key = $key
        """,
        key=key,
    ).to_dicts()


@app.function
def set_impact(key: str) -> dict[str, int]:
    """Return what deleting all variants of a set touches: dependants of several of them count once."""
    return published_file.ask(
        """
        with recursive touched as (
            select component_key, true as is_itself
            from marts.component_reach
            where component_key = $key or component_set_key = $key
            union
            select dependencies.component_key, false
            from marts.component_dependencies as dependencies
            inner join touched on dependencies.needed_key = touched.component_key
        ),
        keys as (
            select component_key, bool_or(is_itself) as is_itself from touched group by component_key
        )
        select
            (select count(*) from keys where not is_itself) as dependants,
            coalesce(sum(usage.placements), 0)::bigint as placements,
            count(distinct usage.file_key) filter (where usage.usages > 0 and not usage.is_at_home) as files,
            count(distinct usage.folder_id) filter (where usage.usages > 0 and not usage.is_at_home) as folders,
            count(distinct usage.team_id) filter (where usage.usages > 0 and not usage.is_at_home) as teams
        from keys
        inner join marts.component_usage as usage on keys.component_key = usage.component_key
        """,
        key=key,
    ).row(0, named=True)


@app.function
def usage_trend(key: str, since: str | None) -> pl.DataFrame:
    """One row per week of a component, or of all the variants of a set: its usage, and what became of instances."""
    return published_file.ask(
        """
        select
            week_start as week,
            sum(usages)::bigint as usages,
            sum(placements)::bigint as placements,
            sum(insertions)::bigint as insertions,
            sum(removals)::bigint as removals,
            sum(swaps_in)::bigint as swaps_in,
            sum(swaps_out)::bigint as swaps_out,
            sum(detachments)::bigint as detachments
        from marts.usage_history
        where (component_key = $key or component_set_key = $key)
            and ($since::date is null or week_start >= $since::date)
        group by week_start
        having min(files_scanned) >= 0.95 * max(files_expected)
        order by week_start
        """,
        key=key,
        since=since,
    )


@app.function
def detachments(key: str, since: str | None) -> pl.DataFrame:
    """One row per detachment of a component, or of any variant of a set, the latest first."""
    return published_file.ask(
        """
        select
            file_key || ' ' || found_version || ' ' || node_id as key,
            coalesce(layer_name, node_id) as layer,
            coalesce(file_name, file_key) as file,
            coalesce(team_name, team_id) as team,
            detached_by_at,
            confidence,
            case when is_still_there then 'Still there' else 'Gone' end as frame,
            figma_url as url
        from marts.detachments
        where (component_key = $key or component_set_key = $key)
            and ($since::date is null or week_start >= $since::date)
        order by detached_by_at desc, confidence desc, lower(layer), key
        """,
        key=key,
        since=since,
    )


@app.function
def component_swaps(key: str, since: str | None) -> pl.DataFrame:
    """One row per pair of components swapped for each other, where either is it or a variant of it; the most first."""
    return published_file.ask(
        """
        with swaps as (
            select
                component_key_before,
                component_key_after,
                coalesce(nullif(concat_ws(' · ', component_set_name_before, component_name_before), ''),
                    component_key_before, 'Unknown component') as component_before,
                coalesce(nullif(concat_ws(' · ', component_set_name_after, component_name_after), ''),
                    component_key_after, 'Unknown component') as component_after,
                file_key,
                node_id,
                swapped_by_at,
                is_still_there,
                figma_url
            from marts.component_swaps
            where $key in (
                    component_key_before, component_set_key_before, component_key_after, component_set_key_after
                )
                and ($since::date is null or week_start >= $since::date)
        )
        select
            concat_ws(' ', component_key_before, '>', component_key_after) as key,
            min(component_before) as component_before,
            min(component_after) as component_after,
            count(*) as swaps,
            count(distinct file_key) as files,
            max(swapped_by_at) as swapped_by_at,
            first(figma_url order by is_still_there desc, swapped_by_at desc, file_key, node_id) as url
        from swaps
        group by component_key_before, component_key_after
        order by swaps desc, lower(min(swaps.component_before)), lower(min(swaps.component_after)), key
        """,
        key=key,
        since=since,
    )


@app.function
def trend_title(trend: pl.DataFrame) -> str:
    """Say how placements changed over the weeks, with a place for the name."""
    if trend.height < 2:
        return "{} over time"
    first, last = trend["placements"].item(0), trend["placements"].item(-1)
    since = f"{trend['week'].item(0):%-d %B}"
    if first == last:
        return f"{{}} has had {page.counted(last, 'placement')} since {since}"
    moved = page.counted(abs(last - first), "placement")
    return f"{{}} {'gained' if last > first else 'lost'} {moved} since {since}"


@app.function
def trend_chart(trend: pl.DataFrame) -> mo.Html | alt.Chart:
    """Lines of usages and placements by week."""
    if trend.is_empty():
        return page.nothing_found("No state in this period has it.")
    named = trend.rename({"usages": "Usages", "placements": "Placements"})
    counted = ["Usages", "Placements"]
    lines = charts.by_week(named.unpivot(counted, index="week", variable_name="label", value_name="amount"))
    drawing = (
        alt.Chart(lines)
        .mark_line(point={"size": 35, "filled": True}, strokeWidth=2)
        .encode(
            x=alt.X("week:O", title="Week of", axis=charts.week_axis()),
            y=alt.Y("amount:Q", title="Instances", axis=alt.Axis(tickCount=5)),
            color=charts.colors(counted),
            tooltip=[
                alt.Tooltip("label:N", title="Counted"),
                alt.Tooltip("day:N", title="Week of"),
                alt.Tooltip("amount:Q", title="Instances", format=","),
            ],
        )
    )
    drawn: alt.Chart = charts.chart(drawing, 220, "Usages and placements by week")
    return drawn


@app.function
def selection(
    team: str | None, folder: str | None, library: str | None, search: str, each_variant: bool
) -> dict[str, Any]:
    """What the filters leave, as the queries ask for it; `team` and `folders` leave their files alone."""
    return {
        "team": team,
        "folders": published_file.within(folder),
        "library": library,
        "search": search.strip(),
        "each_variant": each_variant,
    }


@app.function
def usage_figures(selected: dict[str, Any], ranking: pl.DataFrame) -> list[page.Figure]:
    """Return the headline numbers of the selection."""
    totals = usage_totals(selected)
    is_part = selected["team"] is not None or selected["folders"] is not None
    grain = "each variant counts" if selected["each_variant"] else "a set counts once"
    known = f"{totals['used']:,} used here" if is_part else f"{totals['published']:,} published"
    unused = ranking.filter(pl.col("is_published") & (pl.col("files") == 0)).height
    teams = page.counted(totals["teams"], "team")
    return [
        page.Figure(f"{totals['components']:,}", "Components", f"{grain}; {known}"),
        page.Figure(f"{totals['placements']:,}", "Placements", f"{page.counted(totals['usages'], 'usage')} in all"),
        page.Figure(f"{totals['files']:,}", "Files using them", f"in {teams}; own libraries left out"),
        page.Figure(f"{unused:,}", "Published, not used here", "by no file of this selection")
        if is_part
        else page.Figure(f"{unused:,}", "Published, used nowhere", "outside their own library"),
    ]


@app.function
def used_in_files(chosen: dict[str, Any]) -> str:
    """Say which files the others of the page count, and which are listed."""
    placed = page.counted(chosen["files_with_placements"], "of them has a placement", "of them have a placement")
    using = page.counted(chosen["files"], "file uses it", "files use it")
    return (
        f"{using}, and {placed}; where the library that publishes it has a usage, it is listed, too. "
        "Each link opens one of its instances."
    )


@app.function
def usage_totals(selected: dict[str, Any]) -> dict[str, int]:
    """Components, those of them published and used, placements, usages, and the files and teams that use them."""
    return published_file.ask(
        SELECTED_USAGE
        + """
        select
            count(distinct key) as components,
            count(distinct key) filter (where is_published) as published,
            count(distinct key) filter (where is_counted_file) as used,
            coalesce(sum(placements), 0)::bigint as placements,
            coalesce(sum(usages), 0)::bigint as usages,
            count(distinct file_key) filter (where is_counted_file) as files,
            count(distinct team_id) filter (where is_counted_file) as teams
        from usage
        """,
        **selected,
    ).row(0, named=True)


@app.function
def component_ranking(selected: dict[str, Any], measure: str) -> pl.DataFrame:
    """One row per component, the most placed or used first, with a link to an instance in the file that has most.

    `key` and `component` are those of the set, unless each variant stands on its own. What has no instance here is
    linked to where it is defined.
    """
    ranked = published_file.ask(
        SELECTED_USAGE
        + """
        select
            key,
            min(component) as component,
            min(library) as library,
            bool_or(is_published) as is_published,
            sum(placements)::bigint as placements,
            sum(usages)::bigint as usages,
            count(distinct file_key) filter (where is_counted_file) as files,
            count(distinct team_id) filter (where is_counted_file) as teams,
            count(distinct file_key) filter (where usage.placements > 0) as files_with_placements,
            count(distinct file_key) filter (where usage.usages > 0) as files_with_usages,
            first(
                url order by
                    case when $measure = 'usages' then usage.usages else usage.placements end desc,
                    case when $measure = 'usages' then usage.placements else usage.usages end desc,
                    file_key
            ) filter (where url is not null) as url
        from usage
        group by key
        order by
            case when $measure = 'usages' then sum(usage.usages) else sum(usage.placements) end desc,
            case when $measure = 'usages' then sum(usage.placements) else sum(usage.usages) end desc,
            component,
            key
        """,
        measure=measure,
        **selected,
    )
    linked = ranked.join(published_file.definitions(), on="key", how="left", maintain_order="left")
    return linked.with_columns(pl.coalesce("url", "definition").alias("url")).drop("definition")


@app.function
def files_using(selected: dict[str, Any], key: str) -> pl.DataFrame:
    """One row per file that has the component, the one with most placements first."""
    return published_file.ask(
        SELECTED_USAGE
        + """
        select
            file_key,
            min(file) as file,
            case when bool_or(is_at_home) then 'Its own library' end as note,
            min(team) as team,
            sum(placements)::bigint as placements,
            sum(usages)::bigint as usages,
            sum(hidden)::bigint as hidden,
            max(last_seen_at) as last_seen_at,
            first(url order by usage.placements desc, usage.usages desc, url) as url
        from usage
        where key = $key and usages > 0
        group by file_key
        order by sum(usage.placements) desc, sum(usage.usages) desc, file, file_key
        """,
        key=key,
        **selected,
    )


@app.function
def ranking_title(ranking: pl.DataFrame, measure: str, is_whole: bool) -> str:
    """Say which component leads, and by how much."""
    leading = ranking.filter(pl.col(measure) > 0)
    if leading.is_empty():
        none = "No component" if is_whole and ranking.height else "No component of this selection"
        usages = int(ranking["usages"].sum())
        return f"{none} is placed; {page.counted(usages, 'usage')}" if usages else f"{none} is used"
    first = leading.row(0, named=True)
    amount = page.counted(first[measure], measure.removesuffix("s"))
    holding = first[f"files_with_{measure}"]
    home = ", its own library included" if holding > first["files"] else ""
    return page.named(f"{{}} leads with {amount} in {page.counted(holding, 'file')}{home}", first["component"])


@app.function
def usage_by_team(selected: dict[str, Any], keys: list[str], measure: str, teams: int = 5) -> pl.DataFrame:
    """One row per chosen component and team; teams past the first few are one row, named Other teams."""
    return published_file.ask(
        SELECTED_USAGE
        + """
        , chosen as (
            select
                key, component, library, file_key, coalesce(team, 'No team') as team,
                case when $measure = 'usages' then usages else placements end as amount
            from usage
            where list_contains($keys, key) and amount > 0
        ),
        largest as (
            select
                team,
                row_number() over (order by sum(amount) desc, team) as place,
                count(*) over () as teams
            from chosen
            group by team
        )
        select
            key,
            min(component) as component,
            min(library) as library,
            case when place <= $teams or teams <= $teams + 1 then team else 'Other teams' end as label,
            sum(amount)::bigint as amount,
            count(distinct file_key) as files
        from chosen
        inner join largest using (team)
        group by key, label
        order by key, label
        """,
        keys=keys,
        measure=measure,
        teams=teams,
        **selected,
    )


@app.function
def usage_chart(selected: dict[str, Any], ranking: pl.DataFrame, measure: str, top: int = 15) -> mo.Html | alt.Chart:
    """Bars of the most used components, each parted by team; two components of one name stay two bars."""
    first = ranking.filter(pl.col(measure) > 0).head(top)
    if first.is_empty():
        return page.nothing_found(f"There are no {measure} to draw.")
    bars = alt.Chart(usage_by_team(selected, first["key"].to_list(), measure)).mark_bar(
        cornerRadius=2, height={"band": 0.7}
    )
    names = dict(first.select("key", "component").iter_rows())
    drawing = bars.encode(
        x=alt.X("sum(amount):Q", title=measure.capitalize(), axis=charts.amount_axis(format=",d")),
        y=alt.Y("key:N", sort=list(names), title=None, axis=charts.named_axis(names)),
        color=alt.Color("label:N", scale=alt.Scale(range=charts.COLORS)),
        tooltip=[
            alt.Tooltip("component:N", title="Component"),
            alt.Tooltip("library:N", title="Library"),
            alt.Tooltip("label:N", title="Team"),
            alt.Tooltip("amount:Q", title=measure.capitalize(), format=","),
            alt.Tooltip("files:Q", title="Files"),
        ],
    )
    drawn: alt.Chart = charts.chart(drawing, 28 * first.height + 20, f"The most used components by {measure} and team")
    return drawn


if __name__ == "__main__":
    app.run()
