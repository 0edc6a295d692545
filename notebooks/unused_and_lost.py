# /// script
# [tool.marimo.display]
# theme = "system"
# ///
# ruff: noqa: ANN001, ANN202
# mypy: allow-untyped-defs, allow-incomplete-defs
"""Which components could go, and which instances have lost their source?"""

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="Unused and lost", css_file="parts/page.css")

with app.setup:
    import altair as alt
    import marimo as mo
    import polars as pl

    from notebooks.parts import charts, filters, page, pictures, published, tables

    UNUSED = {
        "asset": "Picture",
        "component": "Component",
        "url": "Figma",
        "library": "Library",
        "team": "Team",
        "days_published": "Days published",
        "needed": "Needed by unpublished",
        "certainty": "Certainty",
    }
    LOST = {
        "component": "Component",
        "url": "Figma",
        "status": "What happened",
        "file": "File",
        "team": "Team",
        "usages": "Usages",
        "placements": "Placements",
        "library": "Last library",
        "unpublished_at": "Unpublished",
        "certainty": "Certainty",
    }
    AGES = [
        (0, "Up to 30 days"),
        (30, "31 to 90 days"),
        (90, "91 to 180 days"),
        (180, "181 to 365 days"),
        (365, "Over a year"),
    ]


@app.cell
def _():
    parameters = mo.query_params()
    fresh = published.freshness()
    return fresh, parameters


@app.cell
def _(fresh, parameters):
    page.masthead("unused_and_lost", fresh, parameters.to_dict())
    return


@app.cell
def _(fresh):
    mo.stop(fresh is None)
    search = filters.search("Component or set")
    library = filters.library()
    team = filters.team()
    return library, search, team


@app.cell
def _(library, search, team):
    folder = filters.folder(team.value)
    filters.bar(search, library, team, folder)
    return (folder,)


@app.cell
def _(library, search, team):
    unused = unused_components(library.value, team.value, search.value)
    return (unused,)


@app.cell
def _(unused):
    certain = unused.filter(pl.col("certainty") == "Certain").height
    page.figures(
        page.Figure(f"{unused.height:,}", "Unused", age_of_unused(unused)),
        page.Figure(f"{certain:,}", "Certain", "every file and listing was looked at"),
        page.Figure(
            f"{unused.filter(pl.col('needed') == 'Yes').height:,}",
            "Needed",
            "by unpublished components",
        ),
    )
    return


@app.cell
def _(unused):
    page.section(
        unused_title(unused),
        "Published now and without a usage outside the file that publishes them, by the time since then.",
        age_chart(unused),
    )
    return


@app.cell
def _(unused):
    pictured = pictures.of_components(unused, each_variant=True)
    page.section(
        "Unused components",
        "Delete one only where that is certain: while files are missing, one of them may use it.",
        tables.table(pictured, UNUSED, {"asset": pictures.show}),
        tables.download(pictured, UNUSED, "unused_components"),
    )
    return


@app.cell
def _(folder, library, search, team):
    mo.stop(not published.has("lost_components"), page.missing("Lost components", "What instances have lost"))
    lost = lost_components(library.value, team.value, folder.value, search.value)
    page.section(
        lost_title(lost),
        "<strong>Unpublished</strong>: the library is known and publishes the component no longer. <strong>Unknown "
        "library</strong>: no list ever had it. <strong>Missing</strong>: the document itself does not name it. Swap "
        "these instances for a published component, or detach them.",
        tables.table(lost, LOST) if lost.height else page.nothing_found("Every instance has its source."),
        *([tables.download(lost, LOST, "lost_components")] if lost.height else []),
    )
    return


@app.function
def lost_components(library: str | None, team: str | None, folder: str | None, search: str) -> pl.DataFrame:
    """One row per file and component that its instances have lost, most placements first."""
    return published.ask(
        """
        select
            lost.component_key as key,
            coalesce(
                nullif(concat_ws(' · ', lost.component_set_name, lost.component_name), ''), lost.layer_name, 'Unnamed'
            ) as component,
            lost.status,
            coalesce(lost.file_name, lost.file_key) as file,
            coalesce(teams.name, lost.team_id) as team,
            lost.usages,
            lost.placements,
            coalesce(lost.library_file_name, 'Unknown') as library,
            lost.unpublished_at,
            case when lost.is_conclusive then 'Certain' else 'Inconclusive' end as certainty,
            lost.sample_url as url
        from marts.lost_components as lost
        left join figma.teams as teams on lost.team_id = teams.team_id
        where ($library::varchar is null or lost.library_file_key = $library)
            and ($team::varchar is null or lost.team_id = $team)
            and ($folder::varchar is null or lost.folder_id = $folder)
            and contains(lower(concat_ws(' ', component, lost.file_name)), lower($search))
        order by lost.placements desc, lost.usages desc, lower(component), file, key
        """,
        library=library,
        team=team,
        folder=folder,
        search=search.strip(),
    )


@app.function
def lost_title(lost: pl.DataFrame) -> str:
    """Say how much is lost."""
    if lost.is_empty():
        return "No instance has lost its source"
    usages, files = int(lost["usages"].sum()), lost["file"].n_unique()
    return f"{usages:,} instances in {files:,} {'file' if files == 1 else 'files'} have lost their source"


@app.function
def unused_components(library: str | None, team: str | None, search: str) -> pl.DataFrame:
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
            and ($team::varchar is null or team_id = $team)
            and contains(lower(concat_ws(' ', component_set_name, component_name)), lower($search))
        order by published_at nulls last, lower(component), component_key
        """,
        library=library,
        team=team,
        search=search.strip(),
    )


@app.function
def age_of_unused(unused: pl.DataFrame) -> str:
    """Say how many of the unused were published more than 90 days before the last run."""
    if unused.height and unused["days_published"].null_count() == unused.height:
        return "published for an unknown time"
    return f"{unused.filter(pl.col('days_published') > 90).height:,} published for over 90 days"


@app.function
def unused_title(unused: pl.DataFrame) -> str:
    """Say which library has most unused components."""
    if unused.is_empty():
        return "Every published component is used"
    name, amount = unused.group_by("library").len().sort("len", "library", descending=[True, False]).row(0)
    return page.named(f"{{}} publishes {amount:,} of the {unused.height:,} unused components", name)


@app.function
def unused_by_age(unused: pl.DataFrame) -> pl.DataFrame:
    """Unused components per library (`label`) and `age`, which `rank` puts into order."""
    known = unused.drop_nulls("days_published")
    rank = pl.sum_horizontal(pl.col("days_published") > days for days, _ in AGES[1:]).cast(pl.Int64).alias("rank")
    names = pl.DataFrame({"rank": range(len(AGES)), "age": [name for _, name in AGES]})
    return (
        known.select(pl.col("library").alias("label"), rank)
        .group_by("label", "rank")
        .len("components")
        .join(names, on="rank")
        .sort("rank", "label")
    )


@app.function
def age_chart(unused: pl.DataFrame) -> mo.Html | alt.Chart:
    """Bars of unused components by age, each parted by library."""
    ages = unused_by_age(unused)
    if ages.is_empty():
        return page.nothing_found("No published component of this selection is unused.")
    drawing = (
        alt.Chart(ages)
        .mark_bar(cornerRadius=2, height={"band": 0.7})
        .encode(
            x=alt.X("components:Q", title="Unused components", axis=charts.amount_axis(format="d")),
            y=alt.Y("age:N", sort=[name for _, name in AGES], title=None),
            color=charts.colors(sorted(ages["label"].unique())),
            tooltip=[
                alt.Tooltip("label:N", title="Library"),
                alt.Tooltip("age:N", title="Published for"),
                alt.Tooltip("components:Q", title="Unused components", format=","),
            ],
        )
    )
    finished: alt.Chart = charts.chart(
        drawing, 28 * ages["age"].n_unique() + 40, "Unused components by age and library"
    )
    return finished


if __name__ == "__main__":
    app.run()
