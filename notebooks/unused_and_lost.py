# /// script
# [tool.marimo.display]
# theme = "system"
# ///
# ruff: noqa: ANN001, ANN202
# mypy: allow-untyped-defs, allow-incomplete-defs
"""Which components can be deleted, and which instances have lost their component?"""

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="Unused and lost")

with app.setup:
    import altair as alt
    import marimo as mo
    import polars as pl

    from figma_warehouse.dashboard import charts, definitions, filters, page, published_file, tables
    from figma_warehouse.dashboard.selection import Selection

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
        "files": "Files using it",
        "teams": "Teams using it",
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
        "url": "Instance",
    }


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
    selected = Selection(team.value, folder.value, library.value, search.value)
    is_whole = filters.is_whole(fresh, selected)
    unused = unused_components(selected)
    sets = unused_sets(selected)
    by_age = unused_by_age(selected)
    return by_age, is_whole, selected, sets, unused


@app.cell
def _(by_age, sets, unused):
    certain = unused.filter(pl.col("certainty") == "Certain").height
    page.figures(
        page.Figure(
            f"{unused.height:,}",
            "Unused components",
            "; ".join([*kinds_of_unused(unused, sets), *age_of_unused(by_age)] if unused.height else []),
        ),
        page.Figure(
            f"{certain:,}", "Certainly unused", "in all files of this warehouse; drafts and other teams are not seen"
        ),
        page.Figure(
            f"{unused.filter(pl.col('needed') == 'Yes').height:,}",
            "Unused but needed",
            "by unpublished components",
        ),
    )
    return


@app.cell
def _(by_age, is_whole, unused):
    page.section(
        unused_title(unused, is_whole and has_published()),
        "Published components without a usage outside the file that publishes them, by the time since their "
        "publication. Team and folder are those of that file.",
        page.missing() if by_age is None else age_chart(by_age),
    )
    return


@app.cell
def _(is_whole, sets):
    mo.stop(sets is None, page.missing("Sets"))
    page.section(
        sets_title(sets, is_whole and has_sets()),
        "Sets with a published variant that nobody uses. You can delete a set if nobody uses any of its variants and "
        "no unpublished definition contains an instance of one. The days are those of the youngest unused variant; "
        "placements, files and teams count all variants in all files, and the share is that of all placements.",
        *tables.with_download(
            definitions.with_pictures(sets, each_variant=False),
            SETS,
            "unused_sets",
            empty="There is no set to tidy up here.",
            cells={"asset": definitions.show_picture},
            keys={"component": "key"},
        ),
    )
    return


@app.cell
def _(unused):
    pictured = definitions.with_pictures(unused, each_variant=True)
    page.section(
        "Unused components",
        "Delete a component only if that is certain: a missing file may use it. A component that only branches use is "
        'unused, too; "On branches" counts these branches.',
        tables.table(pictured, UNUSED, {"asset": definitions.show_picture}, keys={"component": "key"}),
        tables.download(pictured, UNUSED, "unused_components"),
    )
    return


@app.cell
def _(is_whole, selected):
    mo.stop(not published_file.has("lost_components.is_lost"), page.missing("Lost components"))
    lost = lost_components(selected)
    page.section(
        lost_title(lost, is_whole),
        page.html(
            "<strong>Unpublished</strong>: the library is known and does not publish the component any more. "
            "<strong>Unknown library</strong>: no library in this warehouse ever published it. "
            "<strong>Missing</strong>: the file does not name the component, or calls it local and does not define it. "
            "Swap these instances for a published component, or detach them. <strong>Private part</strong>: the "
            "component belongs to published components of its library, which update it; nothing needs to be done. Team "
            "and folder are those of the file with the instances."
        ),
        *tables.with_download(
            lost, LOST, "lost_components", empty="There is nothing to swap here.", keys={"component": "key"}
        ),
    )
    return


@app.function
def lost_components(selected: Selection) -> pl.DataFrame:
    """One row per file and component that instances have lost, most placements first, what libraries update last."""
    return selected.ask("""
        select
            lost.component_key as key,
            lost.file_key,
            coalesce(component_title(lost.component_set_name, lost.component_name), lost.layer_name, 'Unnamed')
                as component,
            lost.status,
            lost.is_lost,
            coalesce(lost.file_name, lost.file_key) as file,
            coalesce(teams.name, lost.team_id) as team,
            lost.usages,
            lost.placements,
            lost.library_file_key as library_key,
            coalesce(lost.library_file_name, 'Unknown') as library,
            lost.unpublished_at,
            certainty(lost.is_conclusive) as certainty,
            lost.sample_url as url
        from marts.lost_components as lost
        left join figma.teams as teams on lost.team_id = teams.team_id
        where is_or_all(lost.library_file_key, $library)
            and is_selected(lost.team_id, lost.folder_id, $team, $folders)
            and matches(concat_ws(' ', component, lost.file_name), $search)
        order by lost.is_lost desc, lost.placements desc, lost.usages desc, lower(component), file, key
    """)


@app.function
def lost_title(lost: pl.DataFrame, is_whole: bool) -> str:
    """Say how many instances have lost their component; those that a library updates have not."""
    lost = lost.filter("is_lost")
    if lost.is_empty():
        return "No instance has lost its component" if is_whole else "No lost instance in this selection"
    instances, files = int(lost["usages"].sum()), page.counted(lost["file_key"].n_unique(), "file")
    have = "has lost its" if instances == 1 else "have lost their"
    return f"{page.counted(instances, 'instance')} in {files} {have} component"


@app.function
def unused_components(selected: Selection) -> pl.DataFrame:
    """One row per published component without a usage outside its library, the longest published first.

    Team and folder are those of the library. A file of an older version does not know the `branches`.
    """
    branches = "unused.branch_files" if published_file.has("unused_components.branch_files") else "null::bigint"
    return selected.ask(
        f"""
        select
            unused.component_key as key,
            unused.component_set_key as set_key,
            coalesce(component_title(unused.component_set_name, unused.component_name), unused.component_key)
                as component,
            unused.library_file_key as library_key,
            library_title(unused.library_file_name) as library,
            coalesce(unused.team_name, unused.team_id) as team,
            floor(unused.days_published)::bigint as days_published,
            yes_no(unused.is_needed_by_unpublished) as needed,
            {branches} as branches,
            certainty(unused.is_conclusive) as certainty,
            unused.figma_url as url
        from marts.unused_components as unused
        left join marts.file_freshness as files on unused.library_file_key = files.file_key
        where is_or_all(unused.library_file_key, $library)
            and is_selected(unused.team_id, files.folder_id, $team, $folders)
            and matches(concat_ws(' ', unused.component_set_name, unused.component_name), $search)
        order by unused.published_at nulls last, lower(component), key
        """  # noqa: S608  # one of our own columns
    )


@app.function
def unused_by_age(selected: Selection) -> pl.DataFrame | None:
    """One row per library (`label`) and `age` of its unused components, the youngest first; None in an older file."""
    if not published_file.has("unused_components.published_for", "unused_components.is_long_published"):
        return None
    return selected.ask("""
        select
            library_title(unused.library_file_name) as label,
            sentence_case(unused.published_for) as age,
            count(*) as components,
            count(*) filter (where unused.is_long_published) as long_published
        from marts.unused_components as unused
        left join marts.file_freshness as files on unused.library_file_key = files.file_key
        where is_or_all(unused.library_file_key, $library)
            and is_selected(unused.team_id, files.folder_id, $team, $folders)
            and matches(concat_ws(' ', unused.component_set_name, unused.component_name), $search)
        group by label, age
        order by min(min(unused.days_published)) over (partition by age), label
    """)


@app.function
def unused_sets(selected: Selection) -> pl.DataFrame | None:
    """One row per set with an unused variant, deletable sets first; None in a file of an older version.

    Team and folder are those of the library.
    """
    if not published_file.has("component_set_reach.is_deletable"):
        return None
    sets = selected.ask("""
        with unused as (
            select component_set_key, min(team_id) as team_id, string_agg(component_name, ' ') as names,
                min(days_published) as days_published
            from marts.unused_components
            where component_set_key is not null
            group by component_set_key
        )
        select
            reach.component_set_key as key,
            coalesce(reach.component_set_name, reach.component_set_key) as component,
            reach.library_file_key as library_key,
            library_title(files.file_name) as library,
            reach.variants_published as variants,
            reach.variants_unused as unused,
            reach.is_deletable,
            reach.placements,
            reach.files_using as files,
            reach.teams_using as teams,
            reach.placement_share,
            floor(unused.days_published)::bigint as days_published,
            certainty(reach.is_conclusive) as certainty
        from marts.component_set_reach as reach
        inner join unused on reach.component_set_key = unused.component_set_key
        left join marts.file_freshness as files on reach.library_file_key = files.file_key
        where is_or_all(reach.library_file_key, $library)
            and is_selected(unused.team_id, files.folder_id, $team, $folders)
            and matches(concat_ws(' ', reach.component_set_name, unused.names), $search)
        order by reach.is_deletable desc, unused desc, lower(component), key
    """)
    return definitions.with_links(sets).rename({"definition": "url"})


@app.function
def sets_title(sets: pl.DataFrame, is_whole: bool) -> str:
    """Say which sets can be deleted; `is_whole` if the rows are of the whole organisation."""
    if sets.is_empty():
        return "Every variant of every set is used" if is_whole else "No set with unused variants in this selection"
    is_certain = (sets["certainty"] == "Certain").all()
    deletable = sets.filter("is_deletable")
    others, unused = sets.height - deletable.height, "unused" if is_certain else "perhaps unused"
    if deletable.is_empty():
        return f"{page.counted(others, 'set has', 'sets have')} {unused} variants"
    more = f" and {page.counted(deletable.height - 1, 'more set')}" if deletable.height > 1 else ""
    rest = f"; {page.counted(others, 'more set has', 'more sets have')} {unused} variants" if others else ""
    can = "can be deleted" if is_certain else "can perhaps be deleted"
    return page.named(f"{{}}{more} {can}{rest}", deletable["component"].item(0))


@app.function
def kinds_of_unused(unused: pl.DataFrame, sets: pl.DataFrame | None) -> list[str]:
    """Say how many of the unused components stand alone, make up whole sets, or are variants of sets that stay."""
    if sets is None or unused.is_empty():
        return []
    deletable = sets.filter("is_deletable")["key"]
    variants = unused.filter(pl.col("set_key").is_not_null() & ~pl.col("set_key").is_in(deletable.implode())).height
    single = unused["set_key"].null_count()
    kinds = [
        (single, f"{single:,} single"),
        (deletable.len(), page.counted(deletable.len(), "whole set")),
        (variants, page.counted(variants, "variant")),
    ]
    return [", ".join(words for amount, words in kinds if amount)]


@app.function
def has_sets() -> bool:
    """Whether any set is published."""
    return bool(published_file.ask("select count(*) from marts.component_set_reach where is_published").item())


@app.function
def has_published() -> bool:
    """Whether any component is published."""
    return bool(published_file.ask("select count(*) from marts.component_reach where is_published").item())


@app.function
def age_of_unused(by_age: pl.DataFrame | None) -> list[str]:
    """Say how many of the unused components were published more than 90 days before the last run."""
    if by_age is None:
        return []
    if by_age["age"].count() == 0:
        return ["published for an unknown time"]
    return [f"{int(by_age['long_published'].sum()):,} published for over 90 days"]


@app.function
def unused_title(unused: pl.DataFrame, is_whole: bool) -> str:
    """Say which library has most unused components; `is_whole` if the rows are of the whole organisation."""
    if unused.is_empty():
        return "Every published component is used" if is_whole else "No unused component in this selection"
    name, amount = unused.group_by("library").len().sort("len", "library", descending=[True, False]).row(0)
    state = "unused" if (unused["certainty"] == "Certain").all() else "perhaps unused"
    all_unused = page.counted(unused.height, f"{state} component")
    return page.named(f"{{}} publishes {amount:,} of {'the ' if unused.height > 1 else ''}{all_unused}", name)


@app.function
def age_chart(by_age: pl.DataFrame) -> mo.Html | alt.Chart:
    """Draw a bar of unused components per age, divided by library."""
    ages = by_age.drop_nulls("age")
    if ages.is_empty():
        return page.notice("No published component of this selection is unused.")
    drawing = (
        alt.Chart(ages)
        .mark_bar(cornerRadius=2, height={"band": 0.7})
        .encode(
            x=alt.X("components:Q", title="Unused components", axis=charts.amount_axis(format="d")),
            y=alt.Y("age:N", sort=ages["age"].unique(maintain_order=True).to_list(), title=None),
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
