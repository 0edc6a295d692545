# /// script
# [tool.marimo.display]
# theme = "system"
# ///
# ruff: noqa: ANN001, ANN202
# mypy: allow-untyped-defs, allow-incomplete-defs
"""Which styles does nobody use, and which are used but gone?"""

import marimo

__generated_with = "0.25.2"
app = marimo.App(
    width="medium", app_title="Orphaned styles", css_file="parts/page.css", html_head_file="parts/address.html"
)

with app.setup:
    import altair as alt
    import marimo as mo
    import polars as pl

    from figma_warehouse.dashboard import charts, filters, page, published_file, tables
    from figma_warehouse.dashboard.page_mode import static_folder

    ORPHANED = {
        "style": "Style",
        "references": "References",
        "files": "Files",
        "preview": "Preview",
        "kind": "Kind",
        "type": "Type",
        "defined_in": "Defined in",
        "published": "Published",
        "last_seen_at": "Last used",
        "certainty": "Certainty",
        "url": "Figma",
    }
    REFERRING = {
        "file": "File",
        "references": "References",
        "visible": "Visible",
        "slots": "Used for",
        "team": "Team",
        "url": "Figma",
    }
    SHADOWS = {
        "style": "Local style",
        "references": "References",
        "value": "Shows",
        "published": "Published style",
        "published_value": "Shows there",
        "alike": "Alike in",
        "file": "File",
        "team": "Team",
        "url": "Figma",
    }
    HARDCODED = {
        "value": "Set by hand",
        "occurrences": "Times",
        "files": "Files",
        "nearest_value": "Nearest",
        "nearest": "Style or variable",
        "distance": "Distance",
        "fit": "Fit",
        "url": "Figma",
    }
    KINDS = {"Unused and dangling": None, "Unused": "unused", "Dangling": "dangling"}
    TYPES = {"All types": None, "Colour": "FILL", "Text": "TEXT", "Effect": "EFFECT", "Grid": "GRID"}
    # values set by hand in the table
    LISTED = 2000
    # stands for the key of the references that have none
    NAMELESS = "none"
    SELECTED_STYLES = """
        with selected as (
            select file_key, loaded_modified_at
            from marts.file_freshness
            where ($team::varchar is null or team_id = $team)
                and ($folders::varchar[] is null or list_contains($folders, folder_id))
        ),
        referring as (
            select
                usage.style_key,
                sum(usage."references")::bigint as "references",
                count(distinct usage.file_key) as files,
                max(selected.loaded_modified_at) as last_seen_at,
                first(
                    usage.sample_url
                    order by usage.references_visible desc, usage."references" desc, usage.file_key, usage.slot
                ) as sample_url
            from marts.style_usage as usage
            inner join selected using (file_key)
            where not usage.is_defined_here
            group by usage.style_key
        )
        select
            coalesce(styles.style_key, $nameless) as key,
            case styles.kind when 'unused' then 'Unused' else 'Dangling' end as kind,
            coalesce(styles.preview_color, styles.preview_font) as preview,
            case when styles.style_key is null then 'References that name no style'
                else coalesce(styles.style_name, styles.style_key) end as style,
            case styles.style_type when 'FILL' then 'Colour' when 'TEXT' then 'Text' when 'EFFECT' then 'Effect'
                when 'GRID' then 'Grid' else styles.style_type end as type,
            coalesce(referring."references", 0) as "references",
            coalesce(referring.files, 0) as files,
            case when styles.defined_in_file_key is null then 'Unknown'
                else coalesce(styles.defined_in_file_name, 'No longer listed') end as defined_in,
            case when styles.is_published then 'Yes' else 'No' end as published,
            coalesce(referring.last_seen_at, styles.last_seen_at) as last_seen_at,
            case when styles.style_key is not null and styles.defined_in_file_key is null then 'Library unknown'
                when styles.is_conclusive then 'Certain' else 'Inconclusive' end as certainty,
            coalesce(referring.sample_url, styles.sample_url) as url
        from marts.orphaned_styles as styles
        left join referring
            on styles.style_key is not distinct from referring.style_key and styles.kind = 'dangling'
        where ($kind::varchar is null or styles.kind = $kind)
            and ($style_type::varchar is null or styles.style_type = $style_type)
            and ($library::varchar is null or styles.defined_in_file_key = $library)
            and contains(lower(concat_ws(' ', style, styles.defined_in_file_name)), lower($search))
            and case when styles.kind = 'dangling' then referring.files > 0
                else ($team::varchar is null and $folders::varchar[] is null)
                    or styles.defined_in_file_key in (select file_key from selected) end
        order by "references" desc, kind, published desc, lower(style), defined_in, key
    """
    SET_BY_HAND = """
    with selected as (
        select * from marts.hardcoded_values
        where ($team::varchar is null or team_id = $team)
            and ($folders::varchar[] is null or list_contains($folders, folder_id))
            and ($search = '' or contains(lower(concat_ws(' ', value, nearest_name, file_name)), lower($search)))
    ),
    sums as (
        select
            kind, value, sum(occurrences)::bigint as occurrences, count(*) as files, bool_or(is_exact) as is_exact
        from selected
        group by kind, value
    ),
    totals as (
        select
            count(*) as amount,
            sum(occurrences)::bigint as occurrences,
            coalesce(sum(occurrences) filter (where is_exact), 0)::bigint as exact
        from sums
    ),
    listed as (
        select * from sums order by occurrences desc, kind, value limit $most
    )
    select
        listed.kind || coalesce(listed.value, '') as key,
        listed.kind,
        coalesce(listed.value, 'Not said') as value,
        listed.occurrences,
        listed.files,
        min(selected.nearest_value) as nearest_value,
        coalesce(
            min(selected.nearest_name), case when min(selected.nearest_kind) = 'variable' then 'Variable' end
        ) as nearest,
        min(selected.distance) as distance,
        case when listed.is_exact then 'Exact' when min(selected.nearest_key) is null then 'None'
            when listed.kind = 'color' and min(selected.distance) < 0.02 then 'Looks the same'
            when listed.kind = 'color' and min(selected.distance) > 0.1 then 'Far' else 'Near' end as fit,
        arg_max(selected.sample_url, selected.occurrences) as url,
        totals.amount as values_in_all,
        totals.occurrences as occurrences_in_all,
        totals.exact as exact_in_all
    from listed
    cross join totals
    inner join selected on listed.kind = selected.kind and listed.value is not distinct from selected.value
    group by
        listed.kind, listed.value, listed.occurrences, listed.files, listed.is_exact,
        totals.amount, totals.occurrences, totals.exact
    order by listed.occurrences desc, listed.kind, listed.value
    """


@app.cell
def _():
    parameters = mo.query_params()
    fresh = published_file.freshness()
    return fresh, parameters


@app.cell
def _(fresh, parameters):
    page.masthead("orphaned_styles", fresh, parameters.to_dict())
    return


@app.cell
def _(fresh):
    mo.stop(fresh is None)
    search = filters.search("Style or file")
    kind = filters.choice("kind", KINDS, "Show")
    style_type = filters.choice("type", TYPES, "Type")
    library = filters.choice("library", filters.choices(defining_files(), "All files"), "Defined in")
    team = filters.team()
    return kind, library, search, style_type, team


@app.cell
def _(kind, library, search, style_type, team):
    folder = filters.folder(team.value)
    filters.bar(search, kind, style_type, library, team, folder)
    return (folder,)


@app.cell
def _(folder, kind, library, search, style_type, team):
    styles = orphaned_styles(kind.value, style_type.value, library.value, team.value, folder.value, search.value)
    return (styles,)


@app.cell
def _(styles):
    totals = orphan_totals(styles)
    page.figures(
        page.Figure(f"{totals['unused']:,}", "Unused", f"{totals['published']:,} of them published"),
        page.Figure(f"{totals['dangling']:,}", "Dangling", "used, but in no library"),
        page.Figure(f"{totals['references']:,}", "References", "to dangling styles"),
        page.Figure(f"{totals['most_files']:,}", "Files", "with the most widespread of them"),
    )
    return


@app.cell
def _(folder, styles, team):
    page.section(
        dangling_title(styles, "in this selection" if team.value or folder.value else ""),
        "<strong>Dangling</strong>: nodes refer to a style that no list of published styles has and their own file "
        "does not define. It was unpublished, or its library is not in this warehouse. <strong>Unused</strong>: a "
        "style is defined, published or local, and no node of any scanned file refers to it. Of a team or folder, the "
        "references are those in its files, the unused styles those that its files define.",
        references_chart(styles),
    )
    return


@app.cell
def _(styles):
    asked, not_here = filters.chosen_row("style", styles)
    get_key, choose_key = mo.state(asked)
    first = tables.position(styles, get_key())
    return choose_key, first, get_key, not_here


@app.cell
def _(choose_key, first, not_here, styles):
    def _choose(row):
        choose_key(row["key"])
        filters.remember("style", row["key"])

    page.section(
        "All orphaned styles",
        "Detach or replace dangling styles; delete unused ones where that is certain. A preview is what a node that "
        "refers to the style shows, so unused styles have none. "
        + tables.invitation(
            "Choose a dangling style to see who refers to it.",
            "Shown below: who refers to {}, which has most references.",
            styles.filter(pl.col("kind") == "Dangling"),
            "style",
        ),
        *not_here,
        tables.table(styles, ORPHANED, {"preview": tables.preview}, selected=first, choose=_choose),
        tables.download(styles, ORPHANED, "orphaned_styles"),
    )
    return


@app.cell
def _(folder, get_key, styles, team):
    mo.stop(styles.is_empty())
    chosen = styles.row(tables.position(styles, get_key()), named=True)
    mo.stop(chosen["kind"] == "Unused")
    referring = files_referring(chosen["key"], team.value, folder.value)
    page.section(
        page.named("Who refers to {}", chosen["style"]),
        "Each link opens a node that does.",
        tables.table(referring, REFERRING),
        tables.download(referring, REFERRING, "files_referring_to_style"),
    )
    return


@app.cell
def _(folder, fresh, search, team):
    is_whole = filters.is_whole(fresh, search, team, folder)
    return (is_whole,)


@app.cell
def _(folder, is_whole, search, team):
    mo.stop(not published_file.has("shadow_styles"), page.missing("Shadow styles", "Which styles were made again"))
    shadows = shadow_styles(team.value, folder.value, search.value)
    page.section(
        shadow_title(shadows, is_whole),
        "Local styles that carry the name or the value of a published one: somebody made again what the library has. "
        "Replace their references by the published style.",
        tables.table(shadows, SHADOWS, {"value": tables.preview, "published_value": tables.preview})
        if shadows.height
        else page.nothing_found("There is nothing to replace here."),
        *([tables.download(shadows, SHADOWS, "shadow_styles")] if shadows.height else []),
    )
    return


@app.cell
def _(folder, is_whole, search, team):
    mo.stop(not published_file.has("hardcoded_values"), page.missing("Hard-coded values", "What is set by hand"))
    hardcoded = hardcoded_values(team.value, folder.value, search.value, LISTED)
    page.section(
        hardcoded_title(hardcoded, is_whole),
        "Visible colours and fonts outside library instances that no style or variable gives, beside the published one "
        "that comes nearest. Boards of FigJam are left out. Of colours, a distance of 0.02 is about the least that "
        "eyes tell apart." + left_out(hardcoded),
        tables.table(hardcoded, HARDCODED, {"value": tables.preview, "nearest_value": tables.preview})
        if hardcoded.height
        else page.nothing_found("There is nothing to replace here."),
        *(
            [
                tables.download(
                    lambda: hardcoded_values(team.value, folder.value, search.value, None),
                    HARDCODED,
                    "hardcoded_values",
                )
            ]
            if hardcoded.height
            else []
        ),
    )
    return


@app.function
def shadow_styles(team: str | None, folder: str | None, search: str) -> pl.DataFrame:
    """One row per file and local style that resembles a published one, most references first."""
    return published_file.ask(
        """
        select
            shadows.style_key as key,
            shadows.style_name as style,
            shadows.style_value as value,
            coalesce(shadows.file_name, shadows.file_key) as file,
            coalesce(teams.name, shadows.team_id) as team,
            shadows."references",
            concat_ws(' · ', shadows.published_in_file_name, shadows.published_style_name) as published,
            shadows.published_style_value as published_value,
            case when shadows.has_same_name and shadows.has_same_value then 'name and value'
                when shadows.has_same_name then 'name' else 'value' end as alike,
            shadows.sample_url as url
        from marts.shadow_styles as shadows
        left join figma.teams as teams on shadows.team_id = teams.team_id
        where ($team::varchar is null or shadows.team_id = $team)
            and ($folders::varchar[] is null or list_contains($folders, shadows.folder_id))
            and contains(
                lower(concat_ws(' ', shadows.style_name, shadows.file_name, shadows.published_style_name)),
                lower($search)
            )
        order by shadows."references" desc, lower(style), file, key
        """,
        team=team,
        folders=published_file.within(folder),
        search=search.strip(),
    )


@app.function
def shadow_title(shadows: pl.DataFrame, is_whole: bool) -> str:
    """Say how many local styles shadow a published one, and how often they are used."""
    if shadows.is_empty():
        return "No local style shadows a published one" if is_whole else "No shadow style in this selection"
    styles = page.counted(shadows.height, "local style repeats", "local styles repeat")
    return f"{styles} a published one, with {page.counted(int(shadows['references'].sum()), 'reference')}"


@app.function
def hardcoded_values(team: str | None, folder: str | None, search: str, most: int | None) -> pl.DataFrame:
    """One row per kind and value set by hand, summed over files, most frequent first, `most` of them or all.

    `values_in_all`, `occurrences_in_all` and `exact_in_all`, the same in each row, count also what is left out.
    """
    return published_file.ask(
        SET_BY_HAND,
        team=team,
        folders=published_file.within(folder),
        search=search.strip(),
        most=most,
    )


@app.function
def left_out(hardcoded: pl.DataFrame) -> str:
    """Say that not all values are listed, where that is so; a static page says it beside its CSV."""
    if hardcoded.is_empty() or static_folder():
        return ""
    everything: int = hardcoded["values_in_all"].item(0)
    if hardcoded.height == everything:
        return ""
    return f" The {hardcoded.height:,} most frequent of {everything:,} values are listed; the CSV holds all of them."


@app.function
def hardcoded_title(hardcoded: pl.DataFrame, is_whole: bool) -> str:
    """Say how much is set by hand, and how much of it a published style has exactly."""
    if hardcoded.is_empty():
        return "Nothing is set by hand" if is_whole else "Nothing in this selection is set by hand"
    times, exact = hardcoded["occurrences_in_all"].item(0), hardcoded["exact_in_all"].item(0)
    values = page.counted(times, "colour or font is", "colours and fonts are")
    same = page.counted(exact, "is the very value", "are the very value")
    return f"{values} set by hand; {same} of something published"


@app.function
def defining_files() -> pl.DataFrame:
    """Every file that defines an orphaned style, and every library, which other pages offer: key and name."""
    return published_file.ask("""
        with files as (
            select defined_in_file_key as key, defined_in_file_name as name
            from marts.orphaned_styles
            union all
            select reach.library_file_key, files.file_name
            from marts.component_reach as reach
            left join marts.file_freshness as files on reach.library_file_key = files.file_key
        )
        select key, coalesce(min(name), 'No longer listed') as name
        from files
        where key is not null
        group by key
        order by lower(coalesce(min(files.name), '')), key
    """)


@app.function
def orphaned_styles(
    kind: str | None, style_type: str | None, library: str | None, team: str | None, folder: str | None, search: str
) -> pl.DataFrame:
    """One row per orphaned style, dangling ones with most references first.

    Of a team, or a folder: the dangling ones that its files refer to, with their references, and the unused ones that
    its files define. References that name no style have the key NAMELESS.
    """
    return published_file.ask(
        SELECTED_STYLES,
        nameless=NAMELESS,
        kind=kind,
        style_type=style_type,
        library=library,
        team=team,
        folders=published_file.within(folder),
        search=search.strip(),
    )


@app.function
def orphan_totals(styles: pl.DataFrame) -> dict[str, int]:
    """Styles of both kinds, unused ones still published, references to dangling ones, files of the most spread."""
    unused = styles.filter(pl.col("kind") == "Unused")
    return {
        "unused": unused.height,
        "published": unused.filter(pl.col("published") == "Yes").height,
        "dangling": styles.height - unused.height,
        "references": int(styles["references"].sum()),
        "most_files": max(styles["files"].to_list(), default=0),
    }


@app.function
def files_referring(key: str, team: str | None, folder: str | None) -> pl.DataFrame:
    """One row per file whose nodes refer to a style, most references first; NAMELESS: those that name no style."""
    return published_file.ask(
        """
        select
            usage.file_key as key,
            min(usage.file_name) as file,
            coalesce(min(teams.name), min(files.team_id)) as team,
            string_agg(distinct replace(usage.slot, '_', ' '), ', ' order by replace(usage.slot, '_', ' ')) as slots,
            sum(usage."references")::bigint as "references",
            sum(usage.references_visible)::bigint as visible,
            arg_max(usage.sample_url, usage.references_visible) as url
        from marts.style_usage as usage
        left join marts.file_freshness as files on usage.file_key = files.file_key
        left join figma.teams as teams on files.team_id = teams.team_id
        where usage.style_key is not distinct from nullif($key, $nameless) and not usage.is_defined_here
            and ($team::varchar is null or files.team_id = $team)
            and ($folders::varchar[] is null or list_contains($folders, files.folder_id))
        group by usage.file_key
        order by "references" desc, file, key
        """,
        key=key,
        nameless=NAMELESS,
        team=team,
        folders=published_file.within(folder),
    )


@app.function
def dangling_title(styles: pl.DataFrame, where: str) -> str:
    """Say which dangling style most nodes refer to, and what is known of it; `where` may name the selection."""
    dangling = styles.filter(pl.col("references") > 0)
    if dangling.is_empty():
        return "No dangling style in this selection"
    first = dangling.row(0, named=True)
    amount = first["references"]
    if first["key"] == NAMELESS:
        return f"{page.counted(amount, 'reference names', 'references name')} no style {where}".rstrip()
    is_unknown = first["certainty"] == "Library unknown"
    state = "is in no library of this warehouse" if is_unknown else "is published no longer"
    remaining = page.counted(amount, "reference to it remains", "references to it remain")
    return page.named(f"{{}} {state}, and {remaining} {where}".rstrip(), first["style"])


@app.function
def references_chart(styles: pl.DataFrame, top: int = 15) -> mo.Html | alt.Chart:
    """Bars of the dangling styles with most references; two styles of one name stay two bars."""
    dangling = styles.filter(pl.col("references") > 0).head(top)
    if dangling.is_empty():
        return page.nothing_found("No dangling style in this selection.")
    names = dict(dangling.select("key", "style").iter_rows())
    drawing = (
        alt.Chart(dangling.select("key", "style", "references", "files", "type", "defined_in"))
        .mark_bar(cornerRadius=2, height={"band": 0.7}, color=charts.COLORS[0])
        .encode(
            x=alt.X("references:Q", title="References", axis=charts.amount_axis(format=",d")),
            y=alt.Y("key:N", sort=list(names), title=None, axis=charts.named_axis(names)),
            tooltip=[
                alt.Tooltip("style:N", title="Style"),
                alt.Tooltip("type:N", title="Type"),
                alt.Tooltip("references:Q", title="References", format=","),
                alt.Tooltip("files:Q", title="Files"),
                alt.Tooltip("defined_in:N", title="Defined in"),
            ],
        )
    )
    drawn: alt.Chart = charts.chart(drawing, 32 * dangling.height + 20, "The dangling styles with most references")
    return drawn


if __name__ == "__main__":
    app.run()
