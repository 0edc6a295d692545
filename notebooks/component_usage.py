# /// script
# [tool.marimo.display]
# theme = "system"
# ///
# ruff: noqa: ANN001, ANN202
# mypy: allow-untyped-defs, allow-incomplete-defs
"""Which components are used, where, and by whom?"""

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="Component usage")

with app.setup:
    from datetime import datetime
    from typing import Any

    import altair as alt
    import marimo as mo
    import polars as pl

    from figma_warehouse.dashboard import charts, definitions, filters, page, published_file, selected_history, tables
    from figma_warehouse.dashboard import item_links as links
    from figma_warehouse.dashboard.selection import Selection, Span, compared_span, first_day
    from figma_warehouse.dashboard.team_colors import team_colors

    RANKED = {
        "asset": "Picture",
        "component": "Component",
        "placements": "Placements",
        "usages": "Usages",
        "files": "Files using it",
        "teams": "Teams using it",
        "library": "Library",
        "url": "Figma",
        "instance": "Instance",
    }
    USED = {
        "file": "File",
        "placements": "Placements",
        "usages": "Usages",
        "hidden": "Hidden",
        "last_seen_at": "Last seen",
        "team": "Team",
        "url": "Instance",
    }
    PROPERTY_VALUES = {
        "property": "Property",
        "value": "Value",
        "placements": "Placements",
        "usages": "Usages",
        "files": "Files using it",
        "state": "State",
        "url": "Instance",
    }
    DEPENDANTS = {
        "component": "Component",
        "depth": "Steps away",
        "placements": "Placements",
        "files": "Files using it",
        "file": "Defined in",
        "published": "Published",
        "url": "Figma",
        "instance": "Instance",
    }
    DETACHED = {
        "layer": "Layer",
        "url": "Figma",
        "file": "File",
        "team": "Team",
        "detached_by_at": "Detached by",
        "editors": "Saved by",
        "confidence": "Confidence",
        "frame": "Its frame",
    }
    SWAPPED = {
        "component_before": "From",
        "component_after": "To",
        "swaps": "Times",
        "files": "Files with swaps",
        "swapped_by_at": "Last by",
        "url": "Instance",
    }
    SET_VARIANTS = {
        "asset": "Picture",
        "variant": "Variant",
        "placements": "Placements",
        "usages": "Usages",
        "files": "Files using it",
        "state": "State",
        "url": "Figma",
        "instance": "Instance",
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
        "instance": "Instance",
        "branch_url": "A branch",
    }
    NEVER_USED = ("Never used", "Perhaps never used")
    # one row per component and selected file that has it; a published component that no such file has gets one row
    # without a file
    USAGE = """
        with usage as (
            select
                case when $each_variant or reach.component_set_key is null
                    then reach.component_key else reach.component_set_key end as key,
                case when $each_variant
                    then coalesce(component_title(reach.component_set_name, reach.component_name), reach.component_key)
                    else set_or_component_title(
                        reach.component_set_key, reach.component_set_name, reach.component_name, reach.component_key
                    ) end as component,
                case when reach.library_file_key is null then 'Not published'
                    else library_title(libraries.file_name) end as library,
                reach.library_file_key as library_key,
                reach.is_published,
                usage.file_key,
                usage.file_name as file,
                usage.team_id,
                coalesce(usage.team_name, usage.team_id) as team,
                coalesce(usage.placements, 0) as placements,
                coalesce(usage.usages, 0) as usages,
                coalesce(usage.hidden, 0) as hidden,
                coalesce(usage.is_at_home, false) as is_at_home,
                coalesce(is_use(usage.usages, usage.is_at_home), false) as is_used,
                usage.last_seen_at,
                usage.sample_url as url
            from marts.component_reach as reach
            left join marts.component_usage as usage
                on reach.component_key = usage.component_key
                and is_selected(usage.team_id, usage.folder_id, $team, $folders)
            left join marts.file_freshness as libraries on reach.library_file_key = libraries.file_key
            where (($team is null and $folders is null) or usage.file_key is not null or reach.is_published)
                and is_or_all(reach.library_file_key, $library)
                and matches(concat_ws(' ', reach.component_set_name, reach.component_name), $search)
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
def _(folder, library, search, team):
    selected = Selection(team.value, folder.value, library.value, search.value)
    return (selected,)


@app.cell
def _(measure, selected, variants):
    ranking = component_ranking(selected, measure.value, variants.value)
    page.figures(*usage_figures(selected, ranking, variants.value))
    return (ranking,)


@app.cell
def _(fresh, measure, ranking, selected, variants):
    page.section(
        ranking_title(ranking, measure.value, filters.is_whole(fresh, selected)),
        None,
        usage_chart(selected, ranking, measure.value, variants.value),
    )
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

    pictured = definitions.with_pictures(ranking, variants.value)
    page.section(
        "All components",
        "A placement is an instance that a designer put on a page: visible, not inside another instance, and outside "
        "the library that publishes the component. A usage is any instance outside definitions: hidden and nested "
        "instances count, too. A file uses a component if it has a usage and is not its library. "
        "Under Figma, a link opens the component itself; under Instance, an instance of it. "
        + tables.invitation(
            "Choose a component to see more of it below.", "Shown below: {}, the most placed.", ranking, "component"
        ),
        *not_here,
        tables.table(pictured, RANKED, {"asset": definitions.show_picture}, first, _choose, {"component": "key"}),
        tables.download(
            pictured, {name: shown for name, shown in RANKED.items() if name != "asset"}, "component_usage"
        ),
    )
    return


@app.cell
def _(get_key, ranking, selected, variants):
    mo.stop(ranking.is_empty())
    chosen = ranking.row(tables.position(ranking, get_key()), named=True)
    chosen_name = links.item_name("component", chosen["key"], chosen["component"])
    page.section(
        page.named("Where {} is used", chosen_name),
        used_in_files(chosen),
        *tables.with_download(
            files_using(selected, chosen["key"], variants.value),
            USED,
            "files_using_component",
            empty="No file of this selection uses it.",
        ),
    )
    return chosen, chosen_name


@app.cell
def _(chosen, chosen_name, period, selected):
    mo.stop(not published_file.has("usage_history.is_mostly_scanned"), page.missing("Usage over time"))
    trend = usage_trend(selected, chosen["key"], first_day(period.value))
    page.section(
        page.named(trend_title(trend, compared_span(period.value)), chosen_name),
        "Usages and placements in the selected files at the end of each week. A file keeps its usages until the next "
        "loaded state. Weeks in which less than 95% of the files are loaded are left out.",
        trend_chart(trend),
    )
    return (trend,)


@app.cell
def _(trend):
    moved = trend.select("insertions", "removals", "swaps_in", "swaps_out", "detachments").sum().row(0, named=True)
    page.figures(
        page.Figure(f"{moved['insertions']:,}", "Inserted", "instances added between loads in this period"),
        page.Figure(f"{moved['removals']:,}", "Removed", "instances that are gone"),
        page.Figure(f"{moved['swaps_in']:,}", "Swapped in", f"and {moved['swaps_out']:,} swapped for another"),
        page.Figure(f"{moved['detachments']:,}", "Detached", "instances that became frames, as far as known"),
    )
    return


@app.cell
def _(chosen, period, selected):
    mo.stop(not published_file.has("detachments.editors"), page.missing("Detached instances"))
    page.section(
        "Detached instances",
        "Instances that a frame replaced between two loads, in the selected files. The frame has the same parent and "
        "name, and almost the same box. A confidence of 1 means that the frame has the id of the instance. The people "
        "are those who saved the file between the two loads: if there is one, that person detached it.",
        *tables.with_download(
            detachments(selected, chosen["key"], first_day(period.value)),
            DETACHED,
            "detachments",
            empty="No detachment is known in this period.",
        ),
    )
    return


@app.cell
def _(chosen, period, selected):
    mo.stop(not published_file.has("component_swaps"), page.missing("Swapped instances"))
    page.section(
        "Swapped instances",
        "Instances that changed to another component or another variant between two loads, in the selected files. Each "
        "link opens one of them, the latest that still exists.",
        *tables.with_download(
            component_swaps(selected, chosen["key"], first_day(period.value)),
            SWAPPED,
            "swaps",
            empty="No swap is known in this period.",
        ),
    )
    return


@app.cell
def _(chosen, selected):
    its_variants = definitions.with_pictures(set_variants(chosen["key"]), each_variant=True)
    page.section(
        set_title(its_variants),
        "Every variant of the set that is published or has an instance, in all files, the most placed first.",
        *tables.with_download(
            its_variants,
            SET_VARIANTS,
            "variants",
            empty="This component is not a component set.",
            keys={"variant": "key"},
            cells={"asset": definitions.show_picture},
        ),
        ignored=selected,
    )
    return (its_variants,)


@app.cell
def _(chosen, its_variants, selected):
    mo.stop(its_variants.is_empty())
    mo.stop(not published_file.has("variant_usage"), page.missing("Properties"))
    values = property_values(chosen["key"])
    page.section(
        values_title(values),
        "Properties and values that the set declares or that an instance has. If no file is missing, you can delete a "
        "value that has no use outside the library.",
        *tables.with_download(
            values, PROPERTY_VALUES, "variant_values", empty="The properties of this set are not known."
        ),
        ignored=selected,
    )
    return


@app.cell
def _(chosen, chosen_name, selected):
    mo.stop(not published_file.has("component_dependencies"), page.missing("Impact of deleting it"))
    touched = impact(chosen["key"])
    page.section(
        page.named(f"Deleting {{}} would touch {page.counted(touched['placements'], 'placement')}", chosen_name),
        "Placements of this component, and of every component with an instance of it in the definition, at any depth.",
        page.figures(
            page.Figure(f"{touched['dependants']:,}", "Dependants", "components that contain it"),
            page.Figure(
                f"{touched['files']:,}", "Files touched", "that use it or a dependant; their own libraries left out"
            ),
            page.Figure(f"{touched['folders']:,}", "Folders touched", "of these files"),
            page.Figure(f"{touched['teams']:,}", "Teams touched", "of these files"),
        ),
        *tables.with_download(
            component_dependants(chosen["key"]),
            DEPENDANTS,
            "dependants",
            empty="No component contains it.",
            keys={"component": "key"},
        ),
        ignored=selected,
    )
    return


@app.cell
def _(fresh, selected):
    mo.stop(fresh is None or not published_file.has("reconciliation"))
    reconciled = reconciliation(selected)
    mo.stop(reconciled.is_empty())
    page.section(
        "Figma's own count",
        reconciliation_words(reconciled),
        tables.table(reconciled, RECONCILED, keys={"component": "key"}),
        tables.download(reconciled, RECONCILED, "reconciliation"),
        ignored=selected,
    )
    return


@app.function
def reconciliation(selected: Selection) -> pl.DataFrame:
    """One row per component that Figma's library analytics count, the largest difference from our usages first."""
    reconciled = selected.ask("""
        select
            component_key as key,
            coalesce(component_title(component_set_name, component_name), component_key) as component,
            figma_usages,
            usages,
            difference,
            branch_usages,
            hidden,
            library_file_key as library_key,
            library_title(library_file_name) as library,
            unscanned_files,
            fetched_at,
            sample_url as instance,
            branch_sample_url as branch_url
        from marts.reconciliation
        where kind = 'component'
            and is_or_all(library_file_key, $library)
            and matches(concat_ws(' ', component_set_name, component_name), $search)
        order by abs(difference) desc, figma_usages desc, lower(component), key, library_file_key
    """)
    return definitions.with_links(reconciled).rename({"definition": "url"})


@app.function
def reconciliation_words(reconciled: pl.DataFrame) -> str:
    """Say by how much the counts differ, when Figma's count was read, and where the difference may come from."""
    figma, ours, branches = (int(reconciled[name].sum()) for name in ("figma_usages", "usages", "branch_usages"))
    read_at: datetime = min(reconciled["fetched_at"].to_list())
    unscanned = reconciled["unscanned_files"].item(0)
    unseen = f"drafts, teams that are not loaded and {page.counted(unscanned, 'file')} not scanned"
    return (
        f"Figma counts {page.counted(figma, 'usage')} of these components in the organisation, as of 00:00 UTC and "
        f"read on {read_at:%-d %B %Y}. This warehouse has {ours:,}, and {branches:,} more on branches. Only Figma's "
        f"count includes {unseen if unscanned else 'drafts and teams that are not loaded'}; it does not say where the "
        "usages are."
    )


@app.function
def set_variants(key: str) -> pl.DataFrame:
    """One row per variant of a set, the most placed first; none if the key is not that of a set."""
    variants = published_file.ask(
        """
        select
            component_key as key,
            coalesce(component_name, component_key) as variant,
            coalesce(placements, 0) as placements,
            coalesce(usages, 0) as usages,
            coalesce(files_using, 0) as files,
            state_of_use(
                files_using > 0, (select coalesce(bool_and(is_conclusive), false) from marts.unused_components)
            ) as state,
            sample_url as instance
        from marts.component_reach
        where component_set_key = $key
        order by placements desc, usages desc, lower(variant), key
        """,
        key=key,
    )
    return definitions.with_links(variants).rename({"definition": "url"})


@app.function
def set_title(variants: pl.DataFrame) -> str:
    """Say how many variants nobody uses."""
    if variants.is_empty():
        return "Variants"
    return never_used(variants, "variant", f"its {page.counted(variants.height, 'variant')}")


@app.function
def property_values(key: str) -> pl.DataFrame:
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
            case when is_declared then state_of_use(not is_unused, is_conclusive) else 'Not declared' end as state,
            sample_url as url
        from marts.variant_usage
        where component_set_key = $key
        order by property_type <> 'VARIANT', lower(property_name), placements desc, usages desc, lower(value), key
        """,
        key=key,
    )


@app.function
def values_title(values: pl.DataFrame) -> str:
    """Say how many values nobody uses."""
    if values.is_empty():
        return "Variants"
    return never_used(
        values, "value of its properties", f"the {page.counted(values.height, 'value')} of its properties"
    )


@app.function
def never_used(listed: pl.DataFrame, one: str, many: str) -> str:
    """Say how many rows have a state that says that nobody uses them; `one` and `many` name the rows."""
    unused = listed.filter(pl.col("state").is_in(NEVER_USED))
    if unused.is_empty():
        return f"Every {one} is used"
    never = "never" if (unused["state"] == NEVER_USED[0]).all() else "perhaps never"
    return f"{unused.height:,} of {many} {'is' if unused.height == 1 else 'are'} {never} used"


@app.function
def component_dependants(key: str) -> pl.DataFrame:
    """One row per component that depends on a component or on a variant of a set, with the fewest steps between."""
    dependants = published_file.ask(
        """
        with recursive steps as (
            select component_key, 0 as depth
            from marts.component_reach
            where $key in (component_key, component_set_key)
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
            coalesce(
                component_title(min(dependencies.component_set_name), min(dependencies.component_name)),
                nearest.component_key
            ) as component,
            min(dependencies.file_key) as file_key,
            min(dependencies.file_name) as file,
            yes_no(bool_or(dependencies.is_published)) as published,
            min(nearest.depth) as depth,
            coalesce(min(reach.placements), 0) as placements,
            coalesce(min(reach.files_using), 0) as files,
            min(dependencies.sample_url) as instance
        from nearest
        inner join marts.component_dependencies as dependencies on nearest.component_key = dependencies.component_key
        left join marts.component_reach as reach on nearest.component_key = reach.component_key
        group by nearest.component_key
        order by depth, placements desc, lower(component), key
        """,
        key=key,
    )
    return definitions.with_links(dependants).rename({"definition": "url"})


@app.function
def impact(key: str) -> dict[str, int]:
    """Dependants, and the placements, files, folders and teams that deleting a component or a whole set touches."""
    known = component_impact(key) if published_file.has("component_impact") else []
    return known[0] if known else set_impact(key)


@app.function
def component_impact(key: str) -> list[dict[str, int]]:
    """Return the impact of deleting one component; empty for a set."""
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
    """Return the impact of deleting all variants of a set. A component that depends on several of them counts once."""
    return published_file.ask(
        """
        with recursive touched as (
            select component_key, true as is_itself
            from marts.component_reach
            where $key in (component_key, component_set_key)
            union
            select dependencies.component_key, false
            from marts.component_dependencies as dependencies
            inner join touched on dependencies.needed_key = touched.component_key
        ),
        keys as (
            select component_key, bool_or(is_itself) as is_itself from touched group by component_key
        ),
        used as (
            select usage.*, is_use(usage.usages, usage.is_at_home) as is_used
            from keys
            inner join marts.component_usage as usage on keys.component_key = usage.component_key
        )
        select
            (select count(*) from keys where not is_itself) as dependants,
            coalesce(sum(placements), 0)::bigint as placements,
            count(distinct file_key) filter (where is_used) as files,
            count(distinct folder_id) filter (where is_used) as folders,
            count(distinct team_id) filter (where is_used) as teams
        from used
        """,
        key=key,
    ).row(0, named=True)


@app.function
def usage_trend(selected: Selection, key: str, since: str | None) -> pl.DataFrame:
    """One row per week of a component, or of all variants of a set: its usage, and what happened to its instances."""
    if selected.is_part:
        return selected_history.usage(selected, key, since)
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
        where $key in (component_key, component_set_key) and is_mostly_scanned and is_since(week_start, $since)
        group by week_start
        order by week_start
        """,
        key=key,
        since=since,
    )


@app.function
def detachments(selected: Selection, key: str, since: str | None) -> pl.DataFrame:
    """One row per detachment of a component, or of any variant of a set, the latest first."""
    return selected.ask(
        """
        select
            file_key || ' ' || found_version || ' ' || node_id as key,
            coalesce(layer_name, node_id) as layer,
            file_key,
            coalesce(file_name, file_key) as file,
            coalesce(team_name, team_id) as team,
            detached_by_at,
            editors,
            confidence,
            case when is_still_there then 'Still there' else 'Gone' end as frame,
            figma_url as url
        from marts.detachments
        where $key in (component_key, component_set_key) and is_since(week_start, $since)
            and is_selected(team_id, folder_id, $team, $folders)
        order by detached_by_at desc, confidence desc, lower(layer), key
        """,
        key=key,
        since=since,
    )


@app.function
def component_swaps(selected: Selection, key: str, since: str | None) -> pl.DataFrame:
    """One row per pair of components swapped for each other, the most frequent first.

    One of the two is the component, or a variant of the set, with that key.
    """
    return selected.ask(
        """
        select
            concat_ws(' ', component_key_before, '>', component_key_after) as key,
            component_key_before,
            component_key_after,
            coalesce(
                min(component_title(component_set_name_before, component_name_before)),
                component_key_before,
                'Unknown component'
            ) as component_before,
            coalesce(
                min(component_title(component_set_name_after, component_name_after)),
                component_key_after,
                'Unknown component'
            ) as component_after,
            count(*) as swaps,
            count(distinct file_key) as files,
            max(swapped_by_at) as swapped_by_at,
            first(
                figma_url order by swaps.is_still_there desc, swaps.swapped_by_at desc, swaps.file_key, swaps.node_id
            ) as url
        from marts.component_swaps as swaps
        where $key in (component_key_before, component_set_key_before, component_key_after, component_set_key_after)
            and is_since(week_start, $since)
            and is_selected(team_id, folder_id, $team, $folders)
        group by component_key_before, component_key_after
        order by swaps desc, lower(component_before), lower(component_after), key
        """,
        key=key,
        since=since,
    )


@app.function
def trend_title(trend: pl.DataFrame, span: Span) -> str:
    """Say how placements changed over the span, with `{}` for the name of the component."""
    if trend.height < 2:
        return "{} over time"
    first = trend.filter(pl.col("week") == span.week)["placements"].sum()
    last = trend["placements"].item(-1)
    if first == last:
        return f"{{}} has had {page.counted(last, 'placement')} {span.since}"
    difference = page.counted(abs(last - first), "placement")
    return f"{{}} {'gained' if last > first else 'lost'} {difference} {span.since}"


@app.function
def trend_chart(trend: pl.DataFrame) -> mo.Html | alt.Chart:
    """Draw usages and placements by week as lines."""
    if trend.is_empty():
        return page.notice("No loaded state in this period has it.")
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
def usage_figures(selected: Selection, ranking: pl.DataFrame, each_variant: bool) -> list[page.Figure]:
    """Return the headline numbers of the selection."""
    totals = usage_totals(selected, each_variant)
    nouns = "components" if each_variant else "sets and single components"
    known = f"{totals['used']:,} used here" if selected.is_part else f"{totals['published']:,} of them published"
    unused = ranking.filter(pl.col("is_published") & (pl.col("files") == 0)).height
    teams = page.counted(totals["teams"], "team")
    return [
        page.Figure(f"{totals['components']:,}", nouns.capitalize(), known),
        page.Figure(f"{totals['placements']:,}", "Placements", f"{page.counted(totals['usages'], 'usage')} in all"),
        page.Figure(f"{totals['files']:,}", "Files using components", f"in {teams}; own libraries left out"),
        page.Figure(
            f"{unused:,}",
            f"Unused {nouns}" + (" here" if selected.is_part else ""),
            "published, and by no file of this selection"
            if selected.is_part
            else "published, outside their own library",
        ),
    ]


@app.function
def used_in_files(chosen: dict[str, Any]) -> str:
    """Say how many files use the component, and how often its own library does, which the table leaves out."""
    placed = page.counted(chosen["files_with_placements"], "of them has a placement", "of them have a placement")
    using = page.counted(chosen["files"], "file uses it", "files use it")
    home = page.counted(chosen["usages_at_home"], "usage")
    left_out = f" {home} in its own library are left out." if chosen["usages_at_home"] else ""
    return f"{using}, and {placed}.{left_out} Each link opens an instance."


@app.function
def usage_totals(selected: Selection, each_variant: bool) -> dict[str, int]:
    """Components, published and used ones among them, placements, usages, and the files and teams that use them."""
    return selected.ask(
        USAGE
        + """
        select
            count(distinct key) as components,
            count(distinct key) filter (where is_published) as published,
            count(distinct key) filter (where is_used) as used,
            coalesce(sum(placements), 0)::bigint as placements,
            coalesce(sum(usages), 0)::bigint as usages,
            count(distinct file_key) filter (where is_used) as files,
            count(distinct team_id) filter (where is_used) as teams
        from usage
        """,
        each_variant=each_variant,
    ).row(0, named=True)


@app.function
def component_ranking(selected: Selection, measure: str, each_variant: bool) -> pl.DataFrame:
    """One row per component, the most placed or used first, with links to it and to an instance.

    `key` and `component` are those of the set, unless `each_variant`. `instance` is in the selected file that has most.
    """
    ranking = selected.ask(
        USAGE
        + """
        select
            key,
            min(component) as component,
            min(library) as library,
            min(library_key) as library_key,
            bool_or(is_published) as is_published,
            sum(placements)::bigint as placements,
            sum(usages)::bigint as usages,
            count(distinct file_key) filter (where is_used) as files,
            count(distinct team_id) filter (where is_used) as teams,
            count(distinct file_key) filter (where usage.placements > 0) as files_with_placements,
            coalesce(sum(usage.usages) filter (where is_at_home), 0)::bigint as usages_at_home,
            first(
                url order by
                    ranked($measure, usage.placements, usage.usages) desc,
                    ranked($measure, usage.usages, usage.placements) desc,
                    file_key
            ) filter (where url is not null) as instance
        from usage
        group by key
        order by
            ranked($measure, sum(usage.placements), sum(usage.usages)) desc,
            ranked($measure, sum(usage.usages), sum(usage.placements)) desc,
            component,
            key
        """,
        measure=measure,
        each_variant=each_variant,
    )
    return definitions.with_links(ranking).rename({"definition": "url"})


@app.function
def files_using(selected: Selection, key: str, each_variant: bool) -> pl.DataFrame:
    """One row per file that uses the component, the one with most placements first; its own library is left out."""
    return selected.ask(
        USAGE
        + """
        select
            file_key,
            min(file) as file,
            min(team) as team,
            sum(placements)::bigint as placements,
            sum(usages)::bigint as usages,
            sum(hidden)::bigint as hidden,
            max(last_seen_at) as last_seen_at,
            first(url order by usage.placements desc, usage.usages desc, url) as url
        from usage
        where key = $key and is_used
        group by file_key
        order by sum(usage.placements) desc, sum(usage.usages) desc, file, file_key
        """,
        key=key,
        each_variant=each_variant,
    )


@app.function
def ranking_title(ranking: pl.DataFrame, measure: str, is_whole: bool) -> str:
    """Say which component leads, and by how much; `is_whole` if the ranking is of the whole organisation."""
    leading = ranking.filter(pl.col(measure) > 0)
    if leading.is_empty():
        none = "No component" if is_whole and ranking.height else "No component of this selection"
        usages = int(ranking["usages"].sum())
        return f"{none} is placed; {page.counted(usages, 'usage')}" if usages else f"{none} is used"
    first = leading.row(0, named=True)
    amount = page.counted(first[measure], measure.removesuffix("s"))
    return page.named(
        f"{{}} leads with {amount}; {page.counted(first['files'], 'file uses', 'files use')} it", first["component"]
    )


@app.function
def usage_by_team(
    selected: Selection, keys: list[str], measure: str, each_variant: bool, teams: int = 5
) -> tuple[pl.DataFrame, list[str]]:
    """One row per chosen component and team, and the labels of the teams, the largest first.

    Teams past the first few share one row, named Other teams.
    """
    by_team = selected.ask(
        USAGE
        + """
        select
            key,
            min(component) as component,
            min(library) as library,
            coalesce(team, 'No team') as team,
            sum(ranked($measure, placements, usages))::bigint as amount,
            count(distinct file_key) as files
        from usage
        where list_contains($keys, key) and ranked($measure, placements, usages) > 0
        group by key, usage.team
        order by key, team
        """,
        keys=keys,
        measure=measure,
        each_variant=each_variant,
    )
    labelled, labels = charts.with_labels(
        by_team, "team", "amount", most=teams, other="Other teams", owned=team_colors()
    )
    summed = labelled.group_by("key", "component", "library", "label").agg(pl.col("amount", "files").sum())
    return summed.sort("key", "label"), labels


@app.function
def usage_chart(
    selected: Selection, ranking: pl.DataFrame, measure: str, each_variant: bool, top: int = 15
) -> mo.Html | alt.Chart:
    """Draw a bar per most used component, divided by team. Two components of one name stay two bars."""
    first = ranking.filter(pl.col(measure) > 0).head(top)
    if first.is_empty():
        return page.notice(f"There are no {measure} to draw.")
    by_team, teams = usage_by_team(selected, first["key"].to_list(), measure, each_variant)
    bars = alt.Chart(by_team).mark_bar(cornerRadius=2, height={"band": 0.7})
    names = dict(first.select("key", "component").iter_rows())
    drawing = bars.encode(
        x=alt.X("sum(amount):Q", title=measure.capitalize(), axis=charts.amount_axis(format=",d")),
        y=alt.Y("key:N", sort=list(names), title=None, axis=charts.named_axis(names)),
        color=charts.colors(teams, team_colors()),
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
