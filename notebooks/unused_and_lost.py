# /// script
# [tool.marimo.display]
# theme = "system"
# ///
# ruff: noqa: ANN001, ANN202
# mypy: allow-untyped-defs, allow-incomplete-defs
"""Which components could go, and which instances have lost their source?"""

import marimo

__generated_with = "0.25.2"
app = marimo.App(
    width="medium", app_title="Unused and lost", css_file="parts/page.css", html_head_file="parts/address.html"
)

with app.setup:
    import altair as alt
    import marimo as mo
    import polars as pl

    from figma_warehouse.dashboard import charts, filters, page, previews, published_file, tables

    UNUSED = {
        "asset": "Picture",
        "component": "Component",
        "days_published": "Days published",
        "needed": "Needed by unpublished",
        "branches": "On branches",
        "certainty": "Certainty",
        "library": "Library",
        "team": "Team",
        "url": "Figma",
    }
    SETS = {
        "asset": "Picture",
        "component": "Set",
        "variants": "Variants",
        "unused": "Unused",
        "placements": "Placements",
        "files": "Files",
        "teams": "Teams",
        "placement_share": "Share",
        "days_published": "Days published",
        "certainty": "Certainty",
        "library": "Library",
        "url": "Figma",
    }
    LOST = {
        "component": "Component",
        "usages": "Usages",
        "placements": "Placements",
        "status": "What happened",
        "file": "File",
        "team": "Team",
        "library": "Last library",
        "unpublished_at": "Unpublished",
        "certainty": "Certainty",
        "url": "Figma",
    }
    # variants that are published no longer are none of the set's here, and what still uses them keeps it
    SETS_TO_TIDY = """
    with unused as (
        select
            component_set_key,
            min(team_id) as team_id,
            count(*) as variants,
            string_agg(component_name, ' ') as names,
            min(days_published) as days_published,
            bool_or(is_needed_by_unpublished) as is_needed
        from marts.unused_components
        where component_set_key is not null
        group by component_set_key
    )
    select
        reach.component_set_key as key,
        coalesce(reach.component_set_name, reach.component_set_key) as component,
        coalesce(files.file_name, 'No longer listed') as library,
        reach.variants_published as variants,
        unused.variants as unused,
        unused.variants = reach.variants_published and reach.files_using = 0 and not unused.is_needed as is_whole,
        reach.placements,
        reach.files_using as files,
        reach.teams_using as teams,
        reach.placement_share,
        floor(unused.days_published)::bigint as days_published,
        case when reach.is_conclusive then 'Certain' else 'Inconclusive' end as certainty
    from marts.component_set_reach as reach
    inner join unused on reach.component_set_key = unused.component_set_key
    left join marts.file_freshness as files on reach.library_file_key = files.file_key
    where ($library::varchar is null or reach.library_file_key = $library)
        and ($team::varchar is null or unused.team_id = $team)
        and ($folders::varchar[] is null or list_contains($folders, files.folder_id))
        and contains(lower(concat_ws(' ', reach.component_set_name, unused.names)), lower($search))
    order by is_whole desc, unused desc, lower(component), key
    """
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
    fresh = published_file.freshness()
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
def _(folder, fresh, library, search, team):
    is_whole = filters.is_whole(fresh, library, search, team, folder)
    unused = unused_components(library.value, team.value, folder.value, search.value)
    sets = unused_sets(library.value, team.value, folder.value, search.value)
    return is_whole, sets, unused


@app.cell
def _(sets, unused):
    certain = unused.filter(pl.col("certainty") == "Certain").height
    page.figures(
        page.Figure(
            f"{unused.height:,}",
            "Unused",
            "; ".join([*kinds_of_unused(unused, sets), age_of_unused(unused)] if unused.height else []),
        ),
        page.Figure(f"{certain:,}", "Certain", "every file of this warehouse; drafts and other teams are not seen"),
        page.Figure(
            f"{unused.filter(pl.col('needed') == 'Yes').height:,}",
            "Needed",
            "by unpublished components",
        ),
    )
    return


@app.cell
def _(is_whole, unused):
    page.section(
        unused_title(unused, is_whole and has_published()),
        "Published now and without a usage outside the file that publishes them, by the time since then. Team and "
        "folder are those of that file.",
        age_chart(unused),
    )
    return


@app.cell
def _(is_whole, sets):
    mo.stop(sets is None, page.missing("Sets", "The reach of sets"))
    sets_pictured = previews.of_components(sets, each_variant=False)
    page.section(
        sets_title(sets, is_whole and has_sets()),
        "Sets with a published variant that is unused. A set can go whole where all are, and no instance of one lies "
        "in a definition that is not published. Days are those of the youngest unused variant; placements, their share "
        "of all, files and teams those of all its variants, in all files.",
        tables.table(sets_pictured, SETS, {"asset": previews.show})
        if sets.height
        else page.nothing_found("There is no set to tidy up here."),
        *([tables.download(sets_pictured, SETS, "unused_sets")] if sets.height else []),
    )
    return


@app.cell
def _(unused):
    pictured = previews.of_components(unused, each_variant=True)
    page.section(
        "Unused components",
        "Delete one only where that is certain: while files are missing, one of them may use it. What only branches "
        "use is unused too: so many branches still use it.",
        tables.table(pictured, UNUSED, {"asset": previews.show}),
        tables.download(pictured, UNUSED, "unused_components"),
    )
    return


@app.cell
def _(folder, is_whole, library, search, team):
    mo.stop(not published_file.has("lost_components"), page.missing("Lost components", "What instances have lost"))
    lost = lost_components(library.value, team.value, folder.value, search.value)
    page.section(
        lost_title(lost, is_whole),
        "<strong>Unpublished</strong>: the library is known and publishes the component no longer. <strong>Unknown "
        "library</strong>: no list ever had it. <strong>Missing</strong>: the document itself does not name it. Swap "
        "these instances for a published component, or detach them. A <strong>private part</strong> of a library comes "
        "with its published components: there is nothing to be done. Team and folder are those of the file that has "
        "the instances.",
        tables.table(lost, LOST) if lost.height else page.nothing_found("There is nothing to swap here."),
        *([tables.download(lost, LOST, "lost_components")] if lost.height else []),
    )
    return


@app.function
def lost_components(library: str | None, team: str | None, folder: str | None, search: str) -> pl.DataFrame:
    """One row per file and component that its instances have lost, most placements first."""
    return published_file.ask(
        """
        select
            lost.component_key as key,
            lost.file_key,
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
            and ($folders::varchar[] is null or list_contains($folders, lost.folder_id))
            and contains(lower(concat_ws(' ', component, lost.file_name)), lower($search))
        order by lost.status = 'private part', lost.placements desc, lost.usages desc, lower(component), file, key
        """,
        library=library,
        team=team,
        folders=published_file.within(folder),
        search=search.strip(),
    )


@app.function
def lost_title(lost: pl.DataFrame, is_whole: bool) -> str:
    """Say how much is lost; private parts of a library are not."""
    lost = lost.filter(pl.col("status") != "private part")
    if lost.is_empty():
        return "No instance has lost its source" if is_whole else "No lost instance in this selection"
    instances, files = int(lost["usages"].sum()), page.counted(lost["file_key"].n_unique(), "file")
    lost_by = "has lost its source" if instances == 1 else "have lost their source"
    return f"{page.counted(instances, 'instance')} in {files} {lost_by}"


@app.function
def unused_components(library: str | None, team: str | None, folder: str | None, search: str) -> pl.DataFrame:
    """One row per published component without a usage outside its library, the longest published first.

    Team and folder are those of the library. An older file does not know of `branches`.
    """
    branches = "unused.branch_files" if published_file.has("unused_components.branch_files") else "null::bigint"
    return published_file.ask(
        f"""
        select
            unused.component_key as key,
            unused.component_set_key as set_key,
            concat_ws(' · ', unused.component_set_name, unused.component_name) as component,
            coalesce(unused.library_file_name, 'No longer listed') as library,
            coalesce(unused.team_name, unused.team_id) as team,
            floor(unused.days_published)::bigint as days_published,
            case when unused.is_needed_by_unpublished then 'Yes' else 'No' end as needed,
            {branches} as branches,
            case when unused.is_conclusive then 'Certain' else 'Inconclusive' end as certainty,
            unused.figma_url as url
        from marts.unused_components as unused
        left join marts.file_freshness as files on unused.library_file_key = files.file_key
        where ($library::varchar is null or unused.library_file_key = $library)
            and ($team::varchar is null or unused.team_id = $team)
            and ($folders::varchar[] is null or list_contains($folders, files.folder_id))
            and contains(lower(concat_ws(' ', unused.component_set_name, unused.component_name)), lower($search))
        order by unused.published_at nulls last, lower(component), key
        """,  # noqa: S608  # a column's name
        library=library,
        team=team,
        folders=published_file.within(folder),
        search=search.strip(),
    )


@app.function
def unused_sets(library: str | None, team: str | None, folder: str | None, search: str) -> pl.DataFrame | None:
    """One row per set with an unused variant, those that can go whole (`is_whole`) first; None in an older file.

    Team and folder are those of the library.
    """
    if not published_file.has("component_set_reach"):
        return None
    found = published_file.ask(
        SETS_TO_TIDY,
        library=library,
        team=team,
        folders=published_file.within(folder),
        search=search.strip(),
    )
    return found.join(published_file.definitions(), on="key", how="left", maintain_order="left").rename(
        {"definition": "url"}
    )


@app.function
def sets_title(sets: pl.DataFrame, is_whole: bool) -> str:
    """Say which sets can go; `is_whole` where all that are published were asked for."""
    if sets.is_empty():
        return "Every variant of every set is used" if is_whole else "No set with unused variants in this selection"
    is_certain = (sets["certainty"] == "Certain").all()
    going = sets.filter("is_whole")
    others, unused = sets.height - going.height, "unused" if is_certain else "perhaps unused"
    if going.is_empty():
        return f"{page.counted(others, 'set has', 'sets have')} {unused} variants"
    more = f" and {page.counted(going.height - 1, 'more set')}" if going.height > 1 else ""
    rest = f"; {page.counted(others, 'more set has', 'more sets have')} {unused} variants" if others else ""
    can = "can go whole" if is_certain else "can perhaps go whole"
    return page.named(f"{{}}{more} {can}{rest}", going["component"].item(0))


@app.function
def kinds_of_unused(unused: pl.DataFrame, sets: pl.DataFrame | None) -> list[str]:
    """Say how many of the unused stand alone, make up whole sets, or are variants of sets that stay."""
    if sets is None or unused.is_empty():
        return []
    whole = sets.filter("is_whole")["key"]
    variants = unused.filter(pl.col("set_key").is_not_null() & ~pl.col("set_key").is_in(whole.implode())).height
    single = unused["set_key"].null_count()
    said = [(single, f"{single:,} single"), (whole.len(), page.counted(whole.len(), "whole set"))]
    return [", ".join(words for amount, words in [*said, (variants, page.counted(variants, "variant"))] if amount)]


@app.function
def has_sets() -> bool:
    """Whether any set is published."""
    return bool(published_file.ask("select count(*) from marts.component_set_reach where is_published").item())


@app.function
def has_published() -> bool:
    """Whether any component is published."""
    return bool(published_file.ask("select count(*) from marts.component_reach where is_published").item())


@app.function
def age_of_unused(unused: pl.DataFrame) -> str:
    """Say how many of the unused were published more than 90 days before the last run."""
    if unused.height and unused["days_published"].null_count() == unused.height:
        return "published for an unknown time"
    return f"{unused.filter(pl.col('days_published') > 90).height:,} published for over 90 days"


@app.function
def unused_title(unused: pl.DataFrame, is_whole: bool) -> str:
    """Say which library has most unused components; `is_whole` where all that are published were asked for."""
    if unused.is_empty():
        return "Every published component is used" if is_whole else "No unused component in this selection"
    name, amount = unused.group_by("library").len().sort("len", "library", descending=[True, False]).row(0)
    state = "unused" if (unused["certainty"] == "Certain").all() else "perhaps unused"
    components = page.counted(unused.height, f"{state} component")
    return page.named(f"{{}} publishes {amount:,} of {'the ' if unused.height > 1 else ''}{components}", name)


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
