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
    import altair as alt
    import marimo as mo
    import polars as pl

    from notebooks.parts import page, published

    RANKED = {
        "component": "Component",
        "url": "Figma",
        "library": "Library",
        "placements": "Placements",
        "usages": "Usages",
        "files": "Files",
        "teams": "Teams",
    }
    USED = {
        "file": "File",
        "url": "Figma",
        "team": "Team",
        "placements": "Placements",
        "usages": "Usages",
        "hidden": "Hidden",
        "last_seen_at": "Last seen",
    }
    UNUSED = {
        "component": "Component",
        "url": "Figma",
        "library": "Library",
        "team": "Team",
        "days_published": "Days published",
        "needed": "Needed by unpublished",
        "certainty": "Certainty",
    }
    SELECTED_USAGE = """
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
            usage.usages > 0 and not usage.is_at_home as is_counted_file,
            usage.last_seen_at,
            usage.sample_url as url
        from marts.component_reach as reach
        left join marts.component_usage as usage
            on reach.component_key = usage.component_key
            and ($team::varchar is null or usage.team_id = $team)
        left join marts.file_freshness as libraries on reach.library_file_key = libraries.file_key
        left join figma.teams as teams on usage.team_id = teams.team_id
        where ($team::varchar is null or usage.file_key is not null)
            and ($library::varchar is null or reach.library_file_key = $library)
            and contains(lower(concat_ws(' ', reach.component_set_name, reach.component_name)), lower($search))
    """


@app.cell
def _():
    fresh = published.freshness()
    page.masthead("component_usage", fresh)
    return (fresh,)


@app.cell
def _(fresh):
    mo.stop(fresh is None)
    library = page.dropdown(library_names(), "All libraries", "Published by")
    team = page.dropdown(published.team_names(), "All teams", "Used by")
    search = mo.ui.text(placeholder="Component or set", label="Search")
    measure = mo.ui.dropdown({"Placements": "placements", "Usages": "usages"}, value="Placements", label="Rank by")
    variants = mo.ui.switch(label="Each variant on its own")
    mo.hstack([search, library, team, measure, variants], justify="start", wrap=True, gap=1)
    return library, measure, search, team, variants


@app.cell
def _(library, search, team, variants):
    usage = selected_usage(team.value, library.value, search.value, variants.value)
    unused = unused_components(library.value, search.value)
    return unused, usage


@app.cell
def _(unused, usage):
    totals = usage_totals(usage)
    mo.hstack(
        [
            mo.stat(f"{totals['components']:,}", "Components", caption=f"{totals['published']:,} of them published"),
            mo.stat(f"{totals['placements']:,}", "Placements", caption=f"{totals['usages']:,} usages in all"),
            mo.stat(f"{totals['files']:,}", "Files using them", caption=f"in {totals['teams']:,} teams"),
            mo.stat(f"{unused.height:,}", "Unused", caption=age_of_unused(unused)),
        ],
        widths="equal",
        wrap=True,
    )
    return


@app.cell
def _(measure, usage):
    ranking = component_ranking(usage, measure.value)
    page.section(f"Most used, by {measure.value} and team", None, usage_chart(usage, ranking, measure.value))
    return (ranking,)


@app.cell
def _(ranking):
    ranked = page.table(ranking, RANKED, selection="single", selected=[0] if ranking.height else None)
    return (ranked,)


@app.cell
def _(ranked, ranking):
    page.section(
        "All components",
        "A placement is an instance that a designer put on a page, visible, outside the library. A usage also counts "
        "what came along inside other components or is hidden. Choose a component to see its files.",
        ranked,
        page.download(ranking, RANKED, "component_usage"),
    )
    return


@app.cell
def _(ranked, usage):
    mo.stop(ranked.value.is_empty())
    chosen = ranked.value.row(0, named=True)
    used = files_using(usage, chosen["key"])
    page.section(
        "Where it is used",
        page.named("Files that have {} now. Each link opens one of its instances.", chosen["Component"]),
        page.table(used, USED),
        page.download(used, USED, "files_using_component"),
    )
    return


@app.cell
def _(unused):
    page.section(
        "Unused components",
        "Published now, and without a usage outside the file that publishes them. Delete one only where that is "
        "certain: while files are missing, one of them may use it.",
        page.table(unused, UNUSED),
        page.download(unused, UNUSED, "unused_components"),
    )
    return


@app.function
def library_names() -> pl.DataFrame:
    """Every file that publishes components, or did: key and name."""
    return published.ask("""
        select distinct reach.library_file_key as key, coalesce(files.file_name, 'No longer listed') as name
        from marts.component_reach as reach
        left join marts.file_freshness as files on reach.library_file_key = files.file_key
        where reach.library_file_key is not null
        order by lower(name), key
    """)


@app.function
def selected_usage(team: str | None, library: str | None, search: str, each_variant: bool) -> pl.DataFrame:
    """One row per component and file that has it, and one without a file per component that no file has.

    `key` and `component` are those of the set, unless each variant stands on its own. `team` leaves its files alone.
    """
    return published.ask(
        SELECTED_USAGE,
        team=team,
        library=library,
        search=search.strip(),
        each_variant=each_variant,
    )


@app.function
def usage_totals(usage: pl.DataFrame) -> dict[str, int]:
    """Components, those of them published, placements, usages, and the files and teams that use them."""
    counted = usage.filter("is_counted_file")
    return {
        "components": usage["key"].n_unique(),
        "published": usage.filter("is_published")["key"].n_unique(),
        "placements": int(usage["placements"].sum()),
        "usages": int(usage["usages"].sum()),
        "files": counted["file_key"].n_unique(),
        "teams": counted["team_id"].n_unique(),
    }


@app.function
def component_ranking(usage: pl.DataFrame, measure: str) -> pl.DataFrame:
    """One row per component, the most placed or used first, with a link to an instance in the file that has most."""
    other = "usages" if measure == "placements" else "placements"
    return (
        usage.sort(measure, other, descending=True, nulls_last=True)
        .group_by("key", maintain_order=True)
        .agg(
            pl.col("component", "library").first(),
            pl.col("placements", "usages").sum(),
            pl.col("file_key").filter("is_counted_file").n_unique().alias("files"),
            pl.col("team_id").filter("is_counted_file").drop_nulls().n_unique().alias("teams"),
            pl.col("url").drop_nulls().first(),
        )
        .sort(measure, other, "component", "key", descending=[True, True, False, False])
    )


@app.function
def files_using(usage: pl.DataFrame, key: str) -> pl.DataFrame:
    """One row per file that has the component, the one with most placements first."""
    return (
        usage.filter(pl.col("key") == key, pl.col("usages") > 0)
        .sort("placements", "usages", descending=True)
        .group_by("file_key", maintain_order=True)
        .agg(
            pl.col("file", "team").first(),
            pl.col("placements", "usages", "hidden").sum(),
            pl.col("last_seen_at").max(),
            pl.col("url").first(),
        )
        .sort("placements", "usages", "file", descending=[True, True, False])
    )


@app.function
def unused_components(library: str | None, search: str) -> pl.DataFrame:
    """One row per published component without a usage outside its library, the longest published first."""
    return published.ask(
        """
        select
            component_key as key,
            concat_ws(' · ', component_set_name, component_name) as component,
            coalesce(library_file_name, 'No longer listed') as library,
            coalesce(team_name, team_id) as team,
            floor(days_published)::bigint as days_published,
            case when is_needed_by_unpublished then 'Yes' else 'No' end as needed,
            case when is_conclusive then 'Certain' else 'Inconclusive' end as certainty,
            figma_url as url
        from marts.unused_components
        where ($library::varchar is null or library_file_key = $library)
            and contains(lower(concat_ws(' ', component_set_name, component_name)), lower($search))
        order by published_at nulls last, lower(component), component_key
        """,
        library=library,
        search=search.strip(),
    )


@app.function
def age_of_unused(unused: pl.DataFrame) -> str:
    """Say how many of the unused were published more than 90 days before the last run."""
    if unused.height and unused["days_published"].null_count() == unused.height:
        return "published for an unknown time"
    return f"{unused.filter(pl.col('days_published') > 90).height:,} published for over 90 days"


@app.function
def usage_by_team(usage: pl.DataFrame, keys: list[str], measure: str, teams: int = 5) -> pl.DataFrame:
    """One row per chosen component and team; teams past the first few are one row, named Other teams."""
    chosen = usage.filter(pl.col("key").is_in(keys), pl.col(measure) > 0).with_columns(
        pl.col("team").fill_null("No team")
    )
    largest = chosen.group_by("team").agg(pl.col(measure).sum()).sort(measure, "team", descending=[True, False])["team"]
    kept = largest if len(largest) <= teams + 1 else largest.head(teams)
    team = pl.when(pl.col("team").is_in(kept.implode())).then("team").otherwise(pl.lit("Other teams")).alias("team")
    return (
        chosen.group_by("key", "component", "library", team)
        .agg(pl.col(measure).sum().alias("amount"), pl.col("file_key").n_unique().alias("files"))
        .sort("key", "team")
    )


@app.function
def usage_chart(usage: pl.DataFrame, ranking: pl.DataFrame, measure: str, top: int = 15) -> mo.Html | alt.Chart:
    """Bars of the most used components, each parted by team; two components of one name stay two bars."""
    first = ranking.filter(pl.col(measure) > 0).head(top)
    if first.is_empty():
        return page.nothing_found("No component in this selection is used.")
    bars = alt.Chart(usage_by_team(usage, first["key"].to_list(), measure)).mark_bar(
        cornerRadius=2, height={"band": 0.7}
    )
    names = dict(first.select("key", "component").iter_rows())
    drawing = bars.encode(
        x=alt.X("sum(amount):Q", title=measure.capitalize(), axis=alt.Axis(tickCount=6)),
        y=alt.Y("key:N", sort=list(names), title=None, axis=page.named_axis(names)),
        color=alt.Color("team:N", scale=alt.Scale(range=page.COLORS)),
        tooltip=[
            alt.Tooltip("component:N", title="Component"),
            alt.Tooltip("library:N", title="Library"),
            alt.Tooltip("team:N", title="Team"),
            alt.Tooltip("amount:Q", title=measure.capitalize(), format=","),
            alt.Tooltip("files:Q", title="Files"),
        ],
    )
    drawn: alt.Chart = page.chart(drawing, height=28 * first.height + 20)
    return drawn


if __name__ == "__main__":
    app.run()
